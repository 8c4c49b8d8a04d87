import assert from 'node:assert/strict'
import { test } from 'node:test'
import { logSieve } from './log.ts'

const passed = (text: string) => text.split('\n').filter(logSieve())

test('a start and a stop say nothing', () => {
  const said = `LOG:  starting PostgreSQL 18.4
LOG:  listening on IPv4 address "127.0.0.1", port 54329
LOG:  could not bind IPv4 address "127.0.0.1": Address already in use
HINT:  Is another postmaster already running on port 54329?
FATAL:  the database system is starting up
LOG:  database system was not properly shut down; automatic recovery in progress
FATAL:  the database system is not yet accepting connections
DETAIL:  Consistent recovery state has not been yet reached.
LOG:  received fast shutdown request
FATAL:  terminating connection due to administrator command
STATEMENT:  select pg_sleep(100)
	where it goes on`
  assert.deepEqual(passed(said), [])
})

test('what a person should read passes, with the lines that belong to it', () => {
  const said = `LOG:  checkpoint starting: time
	and more of it
ERROR:  duplicate key value violates unique constraint "x"
DETAIL:  Key (id)=(1) already exists.
STATEMENT:  insert into
	x values (1)
LOG:  checkpoint complete
DETAIL:  not this
LOG:  client backend (PID 7) was terminated by signal 9: Killed
DETAIL:  Failed process was running: select 1
FATAL:  could not write lock file "postmaster.pid": No space left on device
postgres: a line without a level`
  assert.deepEqual(passed(said), [
    'ERROR:  duplicate key value violates unique constraint "x"',
    'DETAIL:  Key (id)=(1) already exists.',
    'STATEMENT:  insert into',
    '\tx values (1)',
    'LOG:  client backend (PID 7) was terminated by signal 9: Killed',
    'DETAIL:  Failed process was running: select 1',
    'FATAL:  could not write lock file "postmaster.pid": No space left on device',
    'postgres: a line without a level',
  ])
})
