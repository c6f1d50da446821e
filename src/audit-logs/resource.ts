import { isJsonObject } from '@airbyte/cdk-typescript-compat';

/** What an operation was done to. Null where that isn't certain. */
export interface Resource {
  readonly type: string | null;
  readonly id: string | null;
  readonly name: string | null;
}

interface Rule {
  readonly type: string;
  /** The key in `inputs` that holds the resource's id. */
  readonly idKey: string | null;
  /** Whether `name` in `inputs` is this resource's name. */
  readonly named: boolean;
}

/**
 * From the beginning of an operation's name to its resource, longest first: `StoryItemsMovement` is done to a story,
 * `TeamCaseUpdate` to a case. Names as in Tines' API docs and in captured entries; the list grows, and what isn't
 * here has no type.
 */
const RULES: readonly (readonly [prefix: string, rule: Rule])[] = (
  [
    ['AuthenticationToken', { type: 'authentication_token', idKey: 'authenticationTokenId', named: true }],
    ['UserCredential', { type: 'credential', idKey: 'credentialId', named: true }],
    ['Credential', { type: 'credential', idKey: 'credentialId', named: true }],
    ['CustomCertificateAuthority', { type: 'tenant', idKey: null, named: false }],
    ['SsoConfiguration', { type: 'tenant', idKey: null, named: false }],
    ['Tenant', { type: 'tenant', idKey: null, named: false }],
    ['GlobalResource', { type: 'resource', idKey: 'globalResourceId', named: true }],
    ['Resource', { type: 'resource', idKey: 'globalResourceId', named: true }],
    ['TeamCasesSavedView', { type: 'case_view', idKey: null, named: true }],
    ['TeamCaseFile', { type: 'case', idKey: 'caseId', named: false }],
    ['TeamCaseButton', { type: 'case', idKey: 'caseId', named: false }],
    ['TeamCaseWebhook', { type: 'case', idKey: 'caseId', named: false }],
    ['TeamCase', { type: 'case', idKey: 'caseId', named: true }],
    ['TeamMember', { type: 'team', idKey: 'teamId', named: false }],
    ['TeamMembers', { type: 'team', idKey: 'teamId', named: false }],
    ['Team', { type: 'team', idKey: 'teamId', named: true }],
    ['ArchivedStory', { type: 'story', idKey: 'storyId', named: true }],
    ['BatchStory', { type: 'story', idKey: null, named: false }],
    ['ExampleStory', { type: 'story', idKey: 'storyId', named: true }],
    ['TestStory', { type: 'story', idKey: 'storyId', named: false }],
    ['StoryRecipient', { type: 'story', idKey: 'storyId', named: false }],
    ['StoryVersion', { type: 'story', idKey: 'storyId', named: false }],
    ['StoryItems', { type: 'story', idKey: 'storyId', named: false }],
    ['Story', { type: 'story', idKey: 'storyId', named: true }],
    ['Actions', { type: 'action', idKey: null, named: false }],
    ['ActionInput', { type: 'action', idKey: 'actionId', named: false }],
    ['ActionEgressControlRule', { type: 'action', idKey: 'actionId', named: false }],
    ['ActionIntegration', { type: 'action', idKey: 'actionId', named: false }],
    ['Action', { type: 'action', idKey: 'actionId', named: true }],
    ['Annotation', { type: 'annotation', idKey: 'annotationId', named: false }],
    ['Folder', { type: 'folder', idKey: 'folderId', named: true }],
    ['FormField', { type: 'form', idKey: 'formId', named: false }],
    ['Form', { type: 'form', idKey: 'formId', named: true }],
    ['RecordReportElement', { type: 'record_report', idKey: 'recordReportId', named: false }],
    ['RecordReport', { type: 'record_report', idKey: 'recordReportId', named: true }],
    ['RecordType', { type: 'record_type', idKey: 'recordTypeId', named: true }],
    ['RecordWriter', { type: 'record_writer', idKey: 'recordWriterId', named: true }],
    ['RecordResultSet', { type: 'record_result_set', idKey: 'recordResultSetId', named: false }],
    ['Template', { type: 'template', idKey: 'templateId', named: true }],
    ['Users', { type: 'user', idKey: null, named: false }],
    ['User', { type: 'user', idKey: 'userId', named: true }],
    ['Event', { type: 'event', idKey: 'eventId', named: false }],
  ] as const
).toSorted((a, b) => b[0].length - a[0].length);

/** `story.created`: the documented record of another collector. */
const DOTTED = /^([a-z][a-z0-9_]*)\./;

/** Operations seen so far: there are a few hundred names, and millions of entries. */
const ruleOf = new Map<string, Rule | null>();

/** More names than that are no operations: the others are looked up each time. */
const MAX_CACHED = 10_000;

function findRule(operation: string): Rule | null {
  const cached = ruleOf.get(operation);
  if (cached !== undefined) return cached;
  const dotted = DOTTED.exec(operation)?.[1];
  const rule =
    dotted !== undefined
      ? { type: dotted, idKey: `${camelCase(dotted)}Id`, named: true }
      : (RULES.find(([prefix]) => startsWithWord(operation, prefix))?.[1] ?? null);
  if (ruleOf.size < MAX_CACHED) ruleOf.set(operation, rule);
  return rule;
}

/** `Team` begins `TeamUpdate`, but not `Teammate`. */
function startsWithWord(operation: string, prefix: string): boolean {
  if (!operation.startsWith(prefix)) return false;
  const next = operation.charAt(prefix.length);
  return next === '' || next !== next.toLowerCase();
}

const camelCase = (snake: string): string => snake.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

const NOTHING: Resource = { type: null, id: null, name: null };

/**
 * Derives the resource from the operation's name and its inputs. Captured entries nest the inputs once more.
 * @param inputs as given: null, an object of any shape, or anything else
 */
export function deriveResource(operation: unknown, inputs: unknown): Resource {
  if (typeof operation !== 'string') return NOTHING;
  const rule = findRule(operation);
  if (rule === null) return NOTHING;
  const outer = isJsonObject(inputs) ? inputs : undefined;
  const nested = outer?.['inputs'];
  const inner = isJsonObject(nested) ? nested : undefined;
  const id = rule.idKey === null ? null : (idText(inner?.[rule.idKey]) ?? idText(outer?.[rule.idKey]));
  const name = rule.named ? (nameText(inner?.['name']) ?? nameText(outer?.['name'])) : null;
  return { type: rule.type, id, name };
}

function idText(value: unknown): string | null {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  return nameText(value);
}

const nameText = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
