import type { Finding, RequestLimit } from './probe';
import type { Figures } from './question';

/** How a probe ended. */
export type Ending = 'complete' | 'stopped' | 'failed';

/** What a report is made of. */
export interface ReportFacts {
  /** Of this program. */
  readonly version: string;
  /** Of Node. */
  readonly node: string;
  /** Epoch ms. */
  readonly madeAt: number;
  readonly ending: Ending;
  readonly limit: RequestLimit;
  readonly requestsSent: number;
  readonly requestsPerMinute: number;
  readonly findings: readonly Finding[];
}

/**
 * The report as JSON. It holds nothing that tells which tenant it is of.
 * @param mask replaces secrets in a text
 */
export function reportJson(facts: ReportFacts, mask: (text: string) => string): string {
  const { version, node, madeAt, ending, limit, requestsSent, requestsPerMinute, findings } = facts;
  const masked = (_: string, value: unknown): unknown => (typeof value === 'string' ? mask(value) : value);
  const report = {
    program: `source-tines ${version}`,
    node,
    date: new Date(madeAt).toISOString().slice(0, 10),
    ending,
    requests: { told: limit.planned + limit.again, sent: requestsSent, per_minute: requestsPerMinute },
    findings,
  };
  return `${JSON.stringify(report, masked, 2)}\n`;
}

const WIDTH = 110;
const ID_WIDTH = 20;
const INDENT = ' '.repeat(ID_WIDTH + 2);

/** The head of the table. */
export const TABLE_HEAD = `${'question'.padEnd(ID_WIDTH)}  answer; figures; what it means for the connector\n${'-'.repeat(WIDTH)}\n`;

/** The rows of the table for one finding. */
export function tableRow({ question, answer, figures, meaning }: Finding): string {
  const lines = [...wrapped(figuresText(figures)), ...wrapped(`-> ${meaning}`)].map((line) => `${INDENT}${line}`);
  return `${[`${question.padEnd(ID_WIDTH)}  ${answer}`, ...lines].join('\n')}\n`;
}

function figuresText(figures: Figures): string {
  return Object.entries(figures)
    .map(([name, figure]) => `${name.replaceAll('_', ' ')}: ${figureText(figure)}`)
    .join('; ');
}

function figureText(figure: Figures[string]): string {
  if (Array.isArray(figure)) return figure.length === 0 ? 'none' : figure.join(', ');
  if (typeof figure !== 'object') return figure === true ? 'yes' : figure === false ? 'no' : String(figure);
  const parts = Object.entries(figure).map(([name, value]) => `${name} ${String(value)}`);
  return parts.length === 0 ? 'none' : parts.join(', ');
}

/** Lines of whole words. */
function wrapped(text: string): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').filter((each) => each !== '')) {
    if (line !== '' && line.length + word.length >= WIDTH - INDENT.length) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return line === '' ? lines : [...lines, line];
}
