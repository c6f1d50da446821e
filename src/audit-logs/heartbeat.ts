import type { StreamOutput } from '@airbyte/cdk-typescript-compat';
import type { Clock } from '@airbyte/cdk-typescript-compat';

/** The longest silence before the current STATE is sent again, in ms. */
const HEARTBEAT_MS = 120_000;

/**
 * An output that gives a sign of life by itself when nothing was read for long: only RECORD and STATE count as one
 * (Airbyte's platform, source heartbeats).
 */
export class HeartbeatOutput implements StreamOutput {
  private latest: number;

  /** @param ended aborted when the read is over */
  constructor(
    private readonly output: StreamOutput,
    private readonly clock: Clock,
    ended: AbortSignal,
  ) {
    this.latest = clock.now();
    void this.beat(ended);
  }

  async records(data: Parameters<StreamOutput['records']>[0]): Promise<void> {
    this.latest = this.clock.now();
    await this.output.records(data);
  }

  async checkpoint(state: Parameters<StreamOutput['checkpoint']>[0]): Promise<void> {
    this.latest = this.clock.now();
    await this.output.checkpoint(state);
  }

  startFrom(state: Parameters<StreamOutput['startFrom']>[0]): void {
    this.output.startFrom(state);
  }

  async heartbeat(): Promise<void> {
    await this.output.heartbeat();
  }

  async rateLimited(quotaReset: number): Promise<void> {
    await this.output.rateLimited(quotaReset);
  }

  estimate(rows: number): void {
    this.output.estimate(rows);
  }

  private async beat(ended: AbortSignal): Promise<void> {
    while (!ended.aborted) {
      const due = this.latest + HEARTBEAT_MS;
      try {
        await this.clock.sleep(Math.max(1, due - this.clock.now()), ended);
      } catch {
        return;
      }
      if (this.clock.now() < this.latest + HEARTBEAT_MS) continue;
      this.latest = this.clock.now();
      await this.output.heartbeat();
    }
  }
}
