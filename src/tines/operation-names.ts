/** Operations that Tines documents (https://www.tines.com/api/audit-logs/list/) or has published. There are more. */
const KNOWN_OPERATIONS = `
  ActionDescriptionChange ActionEgressControlRuleChange ActionEgressControlRuleCreation
  ActionEgressControlRuleDeletion ActionInputAddition ActionInputIsCollapsedChange ActionInputOptionsUpdate
  ActionInputRemoval ActionInputReorder ActionInputUpdate ActionInputValueUpdate ActionIntegrationCreation
  ActionIntegrationRemoval ActionLogsClearance ActionMemoryClearance ActionMemoryRelease ActionMetricsChange
  ActionPublicTemplateDisconnect ActionRecordTypeChange ActionRerun ActionRun ActionSizeChange
  ActionTeamCaseTemplateUpdate ActionTest ActionsDisabledChange ActionsEventsDeletion ActionsLogsClearance
  ActionsMonitoringChange ActionsNameChange ActionsOptionsChange ActionsScheduleChange AnalyticsCapture
  AnnotationContentChange AnnotationSizeChange ArchivedStoryDeleteAll ArchivedStoryDeletion
  AuthenticationTokenCreation AuthenticationTokenDeletion BatchStoryArchive CredentialDestruction CredentialMovement
  CredentialOauthTokenRefresh CredentialReplacement CredentialSave CustomCertificateAuthoritySet EventDeletion
  ExampleStoryImport FolderCreation FolderDestruction FolderUpdate FormFieldAddition FormFieldRemoval FormFieldReorder
  FormFieldUpdate FormUpdate GlobalResourceCreation GlobalResourceDestruction GlobalResourceEdit
  GlobalResourceMovement GroupExtraction GroupFlatten JobsQueuedDeletion JobsRetryingDeletion LastEventReEmission
  LinkChange Login RecordReportCreation RecordReportDeletion RecordReportElementColumnReorder
  RecordReportElementCreation RecordReportElementDestruction RecordReportElementUpdate RecordReportUpdate
  RecordResultSetUpdate RecordTypeCreation RecordTypeDestruction RecordTypeUpdate RecordWriterCreation
  RecordWriterDestruction RecordWriterUpdate ResourceReplacement SsoConfigurationDefaultSet SsoConfigurationOidcSet
  SsoConfigurationSamlSet StoryActionsAutoAlign StoryActionsAutoLayout StoryActionsPositioning StoryApiChange
  StoryArchive StoryCreation StoryDescriptionChange StoryDisabledChange StoryEventsDeletion StoryImport
  StoryItemsCreation StoryItemsDestruction StoryItemsMovement StoryJobsClearance StoryKeepEventsForChange
  StoryLockedChange StoryMovement StoryNameChange StoryPriorityChange StoryRecipientAddition StoryRecipientRemoval
  StoryRecipientUpdate StoryReportingStatusChange StoryRestore StorySendToStoryChange StoryVersionCreate
  StoryVersionDeletion StoryVersionImport StoryVersionNameChange TeamCaseAddCommentReaction TeamCaseButtonCreation
  TeamCaseCommentCreation TeamCaseCommentUpdate TeamCaseCreation TeamCaseFileAttach TeamCaseRemoveCommentReaction
  TeamCaseSubscriberCreation TeamCaseSubscriberDeletion TeamCaseTagsUpdate TeamCaseUpdate TeamCaseWebhookUpdate
  TeamCasesSavedViewCreation TeamCasesSavedViewDestruction TeamCreation TeamDestruction TeamMemberRemoval
  TeamMembersAddition TeamUpdate TemplateCreation TemplateDestruction TemplateUpdate TenantConfigChange
  TenantFeatureFlagToggle TenantPlanUpgradeRequest TestStoryCreation TestStoryDeletion UserCredentialDestruction
  UserCredentialSave UserDeletion UserEdit UserReinvitation UsersInvitation
`
  .trim()
  .split(/\s+/);

/** How many letters may be wrong for a name to count as misspelt, for each so many that it has. */
const LETTERS_PER_MISTAKE = 5;

/** The known operation that a name was probably meant to be; undefined where the name is known, or is like none. */
export function meantOperation(name: string): string | undefined {
  if (KNOWN_OPERATIONS.includes(name)) return undefined;
  const typed = simplified(name);
  const most = Math.floor(typed.length / LETTERS_PER_MISTAKE);
  const candidates = KNOWN_OPERATIONS.map((known) => ({ known, distance: editDistance(typed, simplified(known)) }));
  const [nearest] = candidates.sort((a, b) => a.distance - b.distance);
  return nearest !== undefined && nearest.distance <= most ? nearest.known : undefined;
}

/** Without what differs between styles of spelling: `story_creation`, `Story Creation`, `story.creation`. */
const simplified = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');

/** The least number of letters that are inserted, removed or replaced to make one text of the other (Levenshtein). */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const replaced = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
