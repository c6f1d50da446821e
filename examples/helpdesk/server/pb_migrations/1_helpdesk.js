/// The help desk's collections. Only superusers may list them, as long as they have no rules.
migrate((app) => {
  const times = [
    { type: 'autodate', name: 'created', onCreate: true },
    { type: 'autodate', name: 'updated', onCreate: true, onUpdate: true },
  ];
  const save = (name, fields, indexes = []) => {
    const collection = new Collection({ type: 'base', name, indexes, fields: [...fields, ...times] });
    app.save(collection);
    return collection.id;
  };

  const agents = save('agents', [
    { type: 'text', name: 'name', required: true },
    { type: 'email', name: 'email' },
  ]);
  const tickets = save(
    'tickets',
    [
      { type: 'text', name: 'subject', required: true },
      { type: 'select', name: 'status', values: ['open', 'closed'], maxSelect: 1 },
      { type: 'relation', name: 'agent', collectionId: agents, maxSelect: 1 },
    ],
    ['CREATE INDEX idx_tickets_updated ON tickets (updated, id)'],
  );
  save('replies', [
    { type: 'relation', name: 'ticket', collectionId: tickets, maxSelect: 1, required: true },
    { type: 'text', name: 'body' },
  ]);
});
