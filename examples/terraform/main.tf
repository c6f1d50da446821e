terraform {
  required_version = ">= 1.3"
  required_providers {
    airbyte = {
      source  = "airbytehq/airbyte"
      version = "~> 1.3"
    }
  }
}

provider "airbyte" {
  server_url    = var.airbyte.server_url
  client_id     = var.airbyte.client_id
  client_secret = var.airbyte_client_secret
}

resource "airbyte_source_definition" "tines" {
  workspace_id      = var.airbyte.workspace_id
  name              = "Tines"
  docker_repository = var.image.repository
  docker_image_tag  = var.image.tag
}

resource "airbyte_source" "tines" {
  for_each = var.tenants

  workspace_id  = var.airbyte.workspace_id
  definition_id = airbyte_source_definition.tines.id
  name          = "Tines ${each.key}"

  configuration = jsonencode({
    tenant_domain       = each.value.domain
    api_key             = var.api_keys[each.key]
    backfill_start_time = each.value.backfill_start_time
  })
}

resource "airbyte_connection" "tines" {
  for_each = var.tenants

  source_id      = airbyte_source.tines[each.key].source_id
  destination_id = var.airbyte.destination_id
  name           = "Tines ${each.key}"

  # Ids are unique only within a tenant, so each tenant has a table of its own.
  prefix = "${each.key}_"

  configurations = {
    streams = [{
      name      = "audit_logs"
      sync_mode = "incremental_deduped_history"
    }]
  }

  # The connector's new columns come by themselves after an upgrade.
  non_breaking_schema_updates_behavior = "propagate_columns"

  schedule = {
    schedule_type   = "cron"
    cron_expression = var.schedule
  }
}
