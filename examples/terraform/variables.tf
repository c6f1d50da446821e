variable "airbyte" {
  description = "The Airbyte to set up: its public API, an application in it, and where the tables go."
  type = object({
    server_url     = string
    client_id      = string
    workspace_id   = string
    destination_id = string
  })
}

variable "airbyte_client_secret" {
  description = "The secret of the application in Airbyte."
  type        = string
  sensitive   = true
}

variable "image" {
  description = "The connector's image, as the cluster of Airbyte finds it."
  type = object({
    repository = string
    tag        = string
  })
}

variable "tenants" {
  description = "The tenants. A name becomes the prefix of the tenant's table: acme has acme_audit_logs."
  type = map(object({
    domain              = string
    backfill_start_time = string
  }))

  validation {
    condition     = alltrue([for name in keys(var.tenants) : can(regex("^[a-z][a-z0-9_]*$", name))])
    error_message = "A tenant's name begins a table's name: lower-case letters, digits and underscores."
  }

  validation {
    condition     = length(distinct([for tenant in values(var.tenants) : tenant.domain])) == length(var.tenants)
    error_message = "A tenant is listed twice."
  }
}

variable "api_keys" {
  description = "The API key of each tenant, by its name in tenants."
  type        = map(string)
  sensitive   = true
}

variable "schedule" {
  description = "When to sync, as a Quartz cron expression: seconds, minutes, hours, day of month, month, day of week."
  type        = string
  default     = "0 0 * * * ?"
}
