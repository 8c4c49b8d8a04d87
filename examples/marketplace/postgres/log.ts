// Thins PostgreSQL's log: what it says at every start and stop is left out, what a person should read passes. It expects
// log_line_prefix = '' ("LOG:  …", "FATAL:  …"); lines that go on with a statement or a detail share the fate of their first.

const LEVELS = /^(LOG|WARNING|NOTICE|ERROR|FATAL|PANIC|INFO|DEBUG\d?): {2}/
const GOES_ON = /^(\t|(DETAIL|HINT|STATEMENT|CONTEXT|QUERY|LOCATION|BACKTRACE): {2})/
/** Said of every connection at a stop and of every try during a start. */
const USUAL =
  /terminating connection due to administrator command|the database system is (starting up|shutting down|not yet accepting connections|in recovery)/

/** Told as LOG, and yet news. */
const NEWS = /was terminated by signal|all server processes terminated/

/** A sieve for one server's lines. */
export function logSieve(): (line: string) => boolean {
  let passed = true
  return line => {
    if (GOES_ON.test(line)) return passed
    const level = LEVELS.exec(line)?.[1]
    passed =
      level === undefined
        ? line.trim() !== ''
        : NEWS.test(line) || (level !== 'LOG' && !level.startsWith('DEBUG') && !USUAL.test(line))
    return passed
  }
}
