/** How the `inputs` of an operation look: null, an object, or an object within the object under `inputs`. */
export type InputsForm = 'null' | 'bare' | 'nested';

/**
 * What kind of value a key of `inputs` has. The same key can have different kinds in different operations, as in the
 * responses of live tenants.
 */
export type ValueKind =
  | 'id'
  | 'ids'
  | 'name'
  | 'names'
  | 'text'
  | 'flag'
  | 'number'
  | 'null'
  | 'mode'
  | 'redacted'
  | 'email'
  | 'emails'
  | 'object'
  | 'objects'
  | 'position'
  | 'positions';

/** An operation of the audit log and what its entries look like. */
export interface Operation {
  /** Case-sensitive, as Tines' API docs and captured responses write it. */
  readonly name: string;
  /** How often it occurs in comparison with the others. */
  readonly weight: number;
  readonly form: InputsForm;
  readonly fields: readonly (readonly [key: string, kind: ValueKind])[];
  /** Whether entries since 2025 carry a `story_id`. */
  readonly ofStory: boolean;
}

function operation(name: string, weight: number, form: InputsForm, fields = ''): Operation {
  const pairs = fields
    .split(' ')
    .filter((field) => field !== '')
    .map((field) => {
      const [key = '', kind = ''] = field.split(':');
      return [key, kind as ValueKind] as const;
    });
  return { name, weight, form, fields: pairs, ofStory: /^(Story|Action|Link|Annotation|Group|Form)/.test(name) };
}

const credential =
  'name:name mode:mode value:redacted description:text jwtPayload:redacted jwtPrivateKey:redacted ' +
  'oauthClientSecret:redacted awsSecretKey:redacted mtlsClientPrivateKey:redacted readAccess:mode teamId:id folderId:id';

/** Operations with the inputs their entries have. Names are facts of Tines' API docs and public captures. */
export const operations: readonly Operation[] = [
  operation('Login', 45, 'null'),
  operation('ActionDescriptionChange', 4, 'nested', 'actionId:id description:text storyId:id'),
  operation('ActionInputAddition', 3, 'nested', 'storyId:id input:object'),
  operation('ActionInputOptionsUpdate', 3, 'nested', 'storyId:id inputId:id options:names'),
  operation('ActionInputRemoval', 2, 'bare', 'storyId:id inputId:id'),
  operation('ActionLogsClearance', 1, 'bare', 'actionId:id'),
  operation('ActionMemoryClearance', 1, 'bare', 'actionId:id'),
  operation('ActionMetricsChange', 1, 'nested', 'actionId:id metrics:object'),
  operation('ActionRerun', 4, 'nested', 'actionId:id eventId:id'),
  operation('ActionRun', 12, 'nested', 'actionId:id storyId:id event:object'),
  operation('ActionSizeChange', 2, 'nested', 'actionId:id width:number'),
  operation('ActionTest', 6, 'nested', 'actionId:id event:null options:object'),
  operation('ActionsDisabledChange', 3, 'nested', 'agentIds:ids disabled:flag storyId:id'),
  operation('ActionsEventsDeletion', 1, 'bare', 'actionIds:ids'),
  operation('ActionsMonitoringChange', 2, 'nested', 'actionIds:ids monitorFailures:flag'),
  operation('ActionsNameChange', 6, 'nested', 'actionId:id name:name'),
  operation('ActionsOptionsChange', 26, 'nested', 'actionId:id options:object storyId:id'),
  operation('ActionsScheduleChange', 2, 'nested', 'actionId:id schedule:objects'),
  operation('AnalyticsCapture', 3, 'nested', 'event:name properties:object'),
  operation('AnnotationContentChange', 3, 'nested', 'annotationId:id content:text'),
  operation('AnnotationSizeChange', 1, 'nested', 'annotationId:id size:position'),
  operation('ArchivedStoryDeletion', 1, 'bare', 'storyId:id'),
  operation('AuthenticationTokenCreation', 2, 'nested', 'name:name isServiceToken:flag'),
  operation('AuthenticationTokenDeletion', 1, 'bare', 'authenticationTokenId:id'),
  operation('BatchStoryArchive', 1, 'nested', 'storyIds:ids teamId:id'),
  operation('CredentialDestruction', 2, 'bare', 'credentialId:id'),
  operation('CredentialMovement', 1, 'nested', 'credentialId:id teamId:id'),
  operation('CredentialOauthTokenRefresh', 2, 'bare', 'credentialId:id'),
  operation('CredentialReplacement', 1, 'nested', 'credentialId:id replacementId:id storyIds:ids'),
  operation('CredentialSave', 4, 'nested', credential),
  operation('CustomCertificateAuthoritySet', 1, 'nested', 'name:name certificate:redacted'),
  operation('EventDeletion', 1, 'bare', 'eventId:id'),
  operation('ExampleStoryImport', 1, 'nested', 'exampleId:id teamId:id'),
  operation('FolderCreation', 2, 'nested', 'name:name teamId:id contentType:mode'),
  operation('FolderDestruction', 1, 'bare', 'folderId:id'),
  operation('FolderUpdate', 1, 'nested', 'folderId:id name:name'),
  operation('FormFieldAddition', 2, 'nested', 'storyId:id field:object'),
  operation('FormFieldUpdate', 3, 'nested', 'storyId:id field:objects value:text'),
  operation('FormUpdate', 3, 'nested', 'storyId:id form:object'),
  operation('GlobalResourceCreation', 4, 'nested', 'name:name value:object teamId:id folderId:null'),
  operation('GlobalResourceDestruction', 1, 'bare', 'globalResourceId:id'),
  operation('GlobalResourceEdit', 6, 'nested', 'id:id name:name value:objects teamId:id'),
  operation('GlobalResourceMovement', 1, 'nested', 'globalResourceId:id teamId:id'),
  operation('GroupExtraction', 1, 'nested', 'storyId:id agentIds:ids name:name'),
  operation('JobsQueuedDeletion', 1, 'bare', 'storyId:id'),
  operation('JobsRetryingDeletion', 1, 'bare', 'storyId:id'),
  operation('LastEventReEmission', 2, 'bare', 'actionId:id'),
  operation('LinkChange', 8, 'nested', 'storyId:id links:objects'),
  operation('RecordReportCreation', 1, 'nested', 'name:name teamId:id'),
  operation('RecordReportUpdate', 1, 'nested', 'reportId:id name:name elements:objects'),
  operation('RecordResultSetUpdate', 2, 'nested', 'recordResultSetId:id values:object'),
  operation('RecordTypeCreation', 1, 'nested', 'name:name teamId:id fields:objects'),
  operation('RecordTypeUpdate', 1, 'nested', 'recordTypeId:id fields:object'),
  operation('ResourceReplacement', 1, 'nested', 'resourceId:id replacementId:id'),
  operation('SsoConfigurationSamlSet', 1, 'nested', 'idpMetadataUrl:redacted enabled:flag'),
  operation('StoryActionsPositioning', 8, 'nested', 'storyId:id positions:positions'),
  operation('StoryArchive', 1, 'nested', 'storyId:id archived:flag'),
  operation('StoryCreation', 6, 'nested', 'name:name teamId:id folderId:null description:text'),
  operation('StoryDescriptionChange', 4, 'nested', 'storyId:id description:text'),
  operation('StoryDisabledChange', 3, 'nested', 'storyId:id disabled:flag'),
  operation('StoryEventsDeletion', 1, 'bare', 'storyId:id'),
  operation('StoryImport', 2, 'nested', 'name:name teamId:id mode:mode data:object'),
  operation('StoryItemsCreation', 30, 'nested', 'storyId:id agents:objects links:object position:position'),
  operation('StoryItemsDestruction', 10, 'nested', 'storyId:id agentIds:ids annotationIds:ids'),
  operation('StoryItemsMovement', 40, 'nested', 'storyId:id agents:positions delta:position'),
  operation('StoryKeepEventsForChange', 1, 'nested', 'storyId:id keepEventsFor:number'),
  operation('StoryLockedChange', 1, 'nested', 'storyId:id locked:flag'),
  operation('StoryNameChange', 4, 'nested', 'storyId:id name:name'),
  operation('StoryPriorityChange', 1, 'nested', 'storyId:id priority:flag'),
  operation('StoryRecipientAddition', 1, 'nested', 'storyId:id address:email'),
  operation('StorySendToStoryChange', 2, 'nested', 'storyId:id sendToStory:object'),
  operation('StoryVersionCreate', 4, 'nested', 'storyId:id name:name description:text'),
  operation('StoryVersionImport', 1, 'nested', 'storyId:id versionId:id'),
  operation('TeamCaseCommentCreation', 6, 'nested', 'caseId:id value:text'),
  operation('TeamCaseCreation', 5, 'nested', 'name:name description:text teamId:id tags:names'),
  operation('TeamCaseTagsUpdate', 3, 'nested', 'caseId:id tags:object'),
  operation('TeamCaseUpdate', 6, 'nested', 'caseId:id name:name assignees:emails status:mode'),
  operation('TeamCreation', 1, 'nested', 'name:name'),
  operation('TeamDestruction', 1, 'bare', 'teamId:id'),
  operation('TeamMembersAddition', 2, 'nested', 'teamId:id emails:emails role:mode'),
  operation('TeamMemberRemoval', 1, 'bare', 'teamId:id userId:id'),
  operation('TemplateCreation', 1, 'nested', 'name:name options:object'),
  operation('TenantConfigChange', 1, 'nested', 'config:object'),
  operation('TestStoryCreation', 2, 'bare', 'storyId:id'),
  operation('UserCredentialDestruction', 2, 'bare', 'credentialId:id'),
  operation('UserCredentialSave', 3, 'nested', credential),
  operation('UserEdit', 1, 'nested', 'userId:id firstName:name admin:flag'),
  operation('UsersInvitation', 1, 'nested', 'emails:emails teamId:id'),
];

/** Operations in the notation of the documented record (`story.created`), by the type of what they act on. */
export const dottedOperations: readonly { readonly resource: string; readonly verbs: readonly string[] }[] = [
  { resource: 'story', verbs: ['created', 'updated', 'deleted', 'exported'] },
  { resource: 'action', verbs: ['created', 'updated', 'deleted'] },
  { resource: 'credential', verbs: ['created', 'updated', 'deleted'] },
  { resource: 'team', verbs: ['created', 'member_added'] },
  { resource: 'user', verbs: ['login', 'invited'] },
];
