-- What people name. One row a thing; the document is checked against contract/site.ts before it is written.
CREATE TABLE thing (
  class TEXT NOT NULL,
  id TEXT NOT NULL,
  doc TEXT,                      -- NULL: removed; the key is never used again
  changed_at INTEGER NOT NULL,
  PRIMARY KEY (class, id)
) WITHOUT ROWID;

CREATE TABLE device_secret (
  device TEXT PRIMARY KEY,
  sha256 BLOB NOT NULL,
  created_at INTEGER NOT NULL
) WITHOUT ROWID;

-- Running delays, shelves, SLA clocks: the heap is rebuilt from these.
CREATE TABLE timer (
  room TEXT NOT NULL,
  name TEXT NOT NULL,
  since INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  basis TEXT NOT NULL CHECK (basis IN ('duration', 'schedule')),
  PRIMARY KEY (room, name)
) WITHOUT ROWID;

CREATE TABLE event (
  id TEXT PRIMARY KEY,
  device TEXT NOT NULL,
  external_id TEXT,
  type TEXT NOT NULL,
  data TEXT NOT NULL,
  occurred_at INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  device_time_used INTEGER NOT NULL,
  late INTEGER NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX event_external ON event (device, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX event_device ON event (device, id);
CREATE INDEX event_type ON event (type, id);

CREATE TABLE alarm (
  id TEXT PRIMARY KEY,
  cause TEXT NOT NULL,           -- device/definition/instance
  state TEXT NOT NULL,
  priority INTEGER NOT NULL,
  category TEXT NOT NULL,
  device TEXT NOT NULL,
  area TEXT NOT NULL,
  raised_at INTEGER NOT NULL,
  closed_at INTEGER,
  track TEXT NOT NULL,           -- what the machine remembers beside it: newest trips, chatter watch
  doc TEXT NOT NULL              -- contract/alarm.ts
) WITHOUT ROWID;
CREATE UNIQUE INDEX alarm_open ON alarm (cause) WHERE closed_at IS NULL;
CREATE INDEX alarm_closed ON alarm (closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX alarm_device ON alarm (device, id);

CREATE TABLE alarm_transition (
  alarm TEXT NOT NULL,
  revision INTEGER NOT NULL,
  at INTEGER NOT NULL,
  from_state TEXT,
  to_state TEXT NOT NULL,
  cause TEXT NOT NULL,
  who TEXT,
  station TEXT,
  comment TEXT,
  id TEXT,                       -- of a comment, made by the client
  PRIMARY KEY (alarm, revision)
) WITHOUT ROWID;
CREATE UNIQUE INDEX alarm_comment ON alarm_transition (id) WHERE id IS NOT NULL;

CREATE TABLE alarm_latency (
  alarm TEXT PRIMARY KEY,
  device_at INTEGER,
  received_at INTEGER NOT NULL,
  committed_at INTEGER,
  sent_at INTEGER,
  shown_at INTEGER,
  audible INTEGER
) WITHOUT ROWID;

-- A shelf holds for a cause, also while no alarm of it is open.
CREATE TABLE alarm_shelf (
  cause TEXT PRIMARY KEY,
  doc TEXT NOT NULL
) WITHOUT ROWID;

-- Conditions that have left normal (a running on- or off-delay, or raised), and restores that a late trip may precede.
CREATE TABLE alarm_condition (
  cause TEXT PRIMARY KEY,
  doc TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE zone (
  id TEXT PRIMARY KEY,
  doc TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE command (
  id TEXT PRIMARY KEY,
  device TEXT NOT NULL,
  state TEXT NOT NULL,
  requested_at INTEGER NOT NULL,
  ended_at INTEGER,
  alarm TEXT,
  doc TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX command_running ON command (state) WHERE ended_at IS NULL;
CREATE INDEX command_device ON command (device, id);
CREATE INDEX command_alarm ON command (alarm) WHERE alarm IS NOT NULL;

CREATE TABLE ticket (
  id TEXT PRIMARY KEY,
  state TEXT NOT NULL,
  alarm TEXT,
  closed_at INTEGER,
  request TEXT,                  -- what the client asked with its own id, to tell a repeat from a conflict
  doc TEXT NOT NULL              -- contract/ticket.ts
) WITHOUT ROWID;
CREATE INDEX ticket_open ON ticket (state) WHERE closed_at IS NULL;
CREATE INDEX ticket_alarm ON ticket (alarm) WHERE alarm IS NOT NULL;

-- Up to where each plan's rounds have been created: last_at is the newest round's start, next_at the coming one's.
CREATE TABLE patrol_schedule (
  plan TEXT PRIMARY KEY,
  pattern TEXT NOT NULL,
  zone TEXT NOT NULL,
  last_at INTEGER,
  next_at INTEGER
) WITHOUT ROWID;

CREATE TABLE round (
  id TEXT PRIMARY KEY,
  plan TEXT NOT NULL,
  starts_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL,
  state TEXT NOT NULL,
  rule TEXT NOT NULL,            -- tolerance, order and guards as the route and plan had them at its start
  doc TEXT NOT NULL              -- contract/patrol.ts
) WITHOUT ROWID;
CREATE UNIQUE INDEX round_once ON round (plan, starts_at);
CREATE INDEX round_running ON round (state) WHERE state = 'running';
CREATE INDEX round_starts ON round (starts_at);
CREATE INDEX round_ends ON round (ends_at);

CREATE TABLE checkin (
  id TEXT PRIMARY KEY,
  reader TEXT NOT NULL,
  tag TEXT NOT NULL,
  checkpoint TEXT,
  guard TEXT,
  at INTEGER NOT NULL,
  received_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX checkin_once ON checkin (reader, tag, at);
CREATE INDEX checkin_at ON checkin (at);

CREATE TABLE access_event (
  id TEXT PRIMARY KEY,
  door TEXT NOT NULL,
  person TEXT,
  card TEXT,
  type TEXT NOT NULL,
  occurred_at INTEGER NOT NULL,
  doc TEXT NOT NULL              -- contract/access.ts
) WITHOUT ROWID;
CREATE INDEX access_at ON access_event (occurred_at);
CREATE INDEX access_door ON access_event (door, occurred_at);
CREATE INDEX access_person ON access_event (person, occurred_at) WHERE person IS NOT NULL;
CREATE INDEX access_card ON access_event (card, occurred_at) WHERE card IS NOT NULL;

CREATE TABLE door (
  id TEXT PRIMARY KEY,
  doc TEXT NOT NULL              -- state, since, last person
) WITHOUT ROWID;

CREATE TABLE dead_letter (
  id TEXT PRIMARY KEY,
  at INTEGER NOT NULL,
  source TEXT NOT NULL,
  device TEXT,
  what TEXT NOT NULL,
  reason TEXT NOT NULL,
  stack TEXT,
  bytes BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE user (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  password TEXT NOT NULL,        -- argon2id, PHC string
  role TEXT NOT NULL,
  disabled INTEGER NOT NULL DEFAULT 0,
  language TEXT,
  created_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE session (
  sha256 TEXT PRIMARY KEY,
  user TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  address TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE token (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  sha256 TEXT NOT NULL UNIQUE,
  role TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL
) WITHOUT ROWID;

-- Each row's hash covers the one before: gatehouse verify finds a flipped bit, a deletion, a swap, a cut tail.
CREATE TABLE audit (
  seq INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  who TEXT NOT NULL,
  station TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  detail TEXT NOT NULL,
  prev TEXT NOT NULL,
  hash TEXT NOT NULL
);

-- Single facts: site settings, installation secret, audit head (seq and hash, so that a cut tail shows), last shutdown.
CREATE TABLE fact (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;

-- The last good value of points and bindings whose changes become events: a restart neither repeats nor misses one.
CREATE TABLE edge (
  id TEXT PRIMARY KEY,           -- device.point, or device.binding
  value TEXT NOT NULL
) WITHOUT ROWID;

-- Values of points that only events tell (armed, open, mains): after a restart they are shown as uncertain.
CREATE TABLE told_value (
  id TEXT PRIMARY KEY,           -- device.point
  device TEXT NOT NULL,
  point TEXT NOT NULL,
  value TEXT NOT NULL,
  at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX told_device ON told_value (device);
