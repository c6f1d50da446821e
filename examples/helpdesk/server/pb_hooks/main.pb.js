/// A reply changes its ticket: `updated` is when anything of it was changed.
onRecordAfterCreateSuccess((event) => {
  event.app.save(event.app.findRecordById('tickets', event.record.get('ticket')));
  event.next();
}, 'replies');
