// Generated from schemas/ by `npm run generate`. Do not edit.

export interface SourceConfig {
  /**
   * The domain of your Tines tenant as the browser shows it, without https:// and without a path. A self-hosted tenant may need its port, such as tines.example.com:8443.
   */
  tenant_domain: string;
  /**
   * A Tines API key with the permission AUDIT_LOG_READ. A service key is the best choice: it does not stop working when a person leaves. Paste it without blanks or line breaks.
   */
  api_key: string;
  /**
   * Where the first sync starts, with a time zone, such as 2025-01-31T00:00:00Z. Left empty, an incremental sync brings only what happens from its first run on. Once a sync has run it no longer matters.
   */
  backfill_start_time?: string;
  /**
   * Type the ids of Tines users to bring only what these users did. Left empty, the actions of all users come.
   */
  user_ids?: string[];
  /**
   * Type names of operations, spelled as Tines spells them, to bring only these. Left empty, all operations come.
   */
  operation_names?: string[];
  /**
   * Type names of operations, spelled as Tines spells them, to leave their entries out, such as those that are many and of no use to you. Left empty, none is left out.
   */
  excluded_operations?: string[];
  /**
   * How many minutes before its start each sync looks again for entries that Tines showed late. Entries already delivered do not come again. Type a whole number from 1 to 10080.
   */
  lookback_window_minutes: number;
  /**
   * How many pages are asked for at the same time. Type a whole number from 1 to 32; ten reach the limit of Tines' cloud.
   */
  num_workers: number;
  /**
   * How many requests a minute this connector may make. Tines' cloud allows 1000; type less when other programs use the same key, or what a self-hosted tenant allows, from 1 to 100000.
   */
  requests_per_minute: number;
  /**
   * Only for a self-hosted tenant whose certificate a private authority has signed: paste that authority's certificate as PEM text, from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----.
   */
  ca_certificate?: string;
  /**
   * Only where the tenant is reached through a proxy: type its address with http:// or https:// and its port, and in front of the host the name and password that it asks for, if any.
   */
  proxy_url?: string;
  [k: string]: unknown;
}

export interface AuditLogsRecord {
  /**
   * The entry's id, as text. Unique within a tenant.
   */
  id: string;
  /**
   * When it happened, in UTC with milliseconds; from `timestamp` or `created_at`.
   */
  timestamp: string;
  /**
   * What was done, as Tines names it, such as Login or StoryCreation.
   */
  operation_name?: null | string;
  /**
   * Id of the user who did it, as text.
   */
  user_id?: null | string;
  /**
   * Email address of the user who did it.
   */
  user_email?: null | string;
  /**
   * Name of the user who did it; Tines may show a blank.
   */
  user_name?: null | string;
  /**
   * Address the request came from; from `ip_address` or `request_ip`.
   */
  ip_address?: null | string;
  /**
   * Program the request came from; from `user_agent` or `request_user_agent`.
   */
  user_agent?: null | string;
  /**
   * Kind of thing it was done to, such as story; as given or derived from the operation's name.
   */
  resource_type?: null | string;
  /**
   * Id of the thing it was done to, as text; as given or taken from `inputs`.
   */
  resource_id?: null | string;
  /**
   * Name of the thing it was done to; as given or taken from `inputs`.
   */
  resource_name?: null | string;
  /**
   * Outcome, where the API gives one.
   */
  status?: null | string;
  /**
   * Free-form details, where the API gives them.
   */
  metadata?: null | {
    [k: string]: unknown;
  };
  /**
   * Id of the organization, as text; from `organization_id` or `tenant_id`.
   */
  organization_id?: null | string;
  /**
   * Name of the tenant; as given or the first label of the tenant's domain.
   */
  tenant?: null | string;
  /**
   * When the entry was created, as the API gives it.
   */
  created_at?: null | string;
  /**
   * When the entry was last changed, as the API gives it.
   */
  updated_at?: null | string;
  /**
   * Address the request came from, as the API gives it.
   */
  request_ip?: null | string;
  /**
   * Program the request came from, as the API gives it.
   */
  request_user_agent?: null | string;
  /**
   * Id of the tenant, as text.
   */
  tenant_id?: null | string;
  /**
   * Id of the story concerned, as text.
   */
  story_id?: null | string;
  /**
   * What the operation was given; its shape changes with the operation.
   */
  inputs?: null | {
    [k: string]: unknown;
  };
  /**
   * What the operation returned; its shape changes with the operation.
   */
  outputs?: null | {
    [k: string]: unknown;
  };
  /**
   * Every field of the entry that has no column of its own, or whose value does not fit its column's type.
   */
  additional_fields?: null | {
    [k: string]: unknown;
  };
  [k: string]: unknown;
}

/**
 * Where a sync of audit_logs ended. A state of only a timestamp, written by hand, starts there.
 */
export interface AuditLogsState {
  /**
   * The position: no record delivered so far has a later timestamp, but for one whose timestamp lies minutes after its created_at. ISO 8601, UTC, milliseconds.
   */
  timestamp: string;
  /**
   * Id of the entry delivered last.
   */
  id?: string | null;
  /**
   * Where the next sync starts reading, by created_at. ISO 8601, UTC.
   */
  recent_from?: string | null;
  /**
   * Ids of all entries delivered from recent_from on, by the last second of the five minutes in which they were created.
   */
  recent_ids?: {
    [k: string]:
      | string
      | string[]
      | {
          integers: string;
          others: string[];
        };
  } | null;
  /**
   * Fingerprints of tenant and of filters, joined by a dot: tell when they changed. One for both in version 0.1.
   */
  config?: string | null;
  /**
   * What a later sync learns of the one that wrote this state. Absent before version 0.3.
   */
  last_sync?: {
    /**
     * A copy of timestamp as it was written. Where the two differ, timestamp was changed by hand: the next sync starts there, and recent_ids are left out.
     */
    timestamp: string;
    /**
     * When the sync began.
     */
    at: string;
    /**
     * The earliest time that was ever asked for.
     */
    start: string;
    /**
     * Lookback Window of that sync.
     */
    lookback_minutes: number;
    [k: string]: unknown;
  } | null;
  [k: string]: unknown;
}
