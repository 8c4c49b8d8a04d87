// Callers may be hastier than the slow threshold: then nothing is ever late, though nothing is answered. So: did the time of a call run out,
// and was none answered well since? One such is no outage: it is asked.
export function silence(timeouts: () => number): (heard: boolean) => boolean {
  let before = timeouts()
  return heard => {
    const now = timeouts()
    if (heard) before = now
    return now > before
  }
}
