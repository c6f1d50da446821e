import { NotAnsweredError, type ProbedTenant } from './probed-tenant';
import { TooManyRequestsError, type ProbeClient } from './probe-client';
import { COMMON_ANSWERS, type Figures, type Question, type Reply } from './question';

/** The answer to one question. */
export interface Finding {
  /** The id of the question. */
  readonly question: string;
  readonly answer: string;
  /** What it means for the connector. */
  readonly meaning: string;
  readonly figures: Figures;
  /** How many requests were made for it, with those that were sent again. */
  readonly requests: number;
}

/** Asks one question. @throws the signal's reason when stopped, and faults of the program */
export async function findOut(question: Question, tenant: ProbedTenant, client: ProbeClient): Promise<Finding> {
  const before = client.requestsSent;
  client.allow(question.mostRequests);
  const { answer, figures } = await question.ask(tenant).catch(notAnswered);
  const meaning = question.answers[answer] ?? meaningOf(answer);
  return { question: question.id, answer, meaning, figures, requests: client.requestsSent - before };
}

function notAnswered(error: unknown): Reply {
  const answer = 'not answered';
  if (error instanceof NotAnsweredError) return { answer, figures: { instead_of_a_page: error.refusal } };
  if (error instanceof TooManyRequestsError) return { answer, figures: { instead_of_a_page: error.message } };
  throw error;
}

function meaningOf(answer: string): string {
  switch (answer) {
    case 'too few entries':
    case 'not answered':
      return COMMON_ANSWERS[answer];
    default:
      throw new Error(`a question has an answer without a meaning: ${answer}`);
  }
}
