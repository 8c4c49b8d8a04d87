// What is told of drills: that one began, so that what breaks is known to be meant; how it ended, and what it proved. Words only.
import type { Facts } from './facts.ts'
import type { Teller } from './story.ts'

export const DRILL_TELLERS: Readonly<Record<string, Teller>> = {
  'drill.began': d =>
    `${named(d)} begins${d.text('by') === undefined ? '' : ` (${d.text('by')})`}: what breaks until its end is meant to`,
  'drill.ended': d => {
    const [proved, broke] = [d.list('proved').join('; '), d.list('broke').join('; ')]
    switch (d.text('verdict')) {
      case 'yes':
        return `${named(d)} held${proved === '' ? '' : `: ${proved}`}`
      case 'expected':
        return `${named(d)} failed, as it is expected to today: ${broke}`
      case 'no_steady_state':
        return `${named(d)} broke nothing, for it failed already: ${broke}`
      case 'stopped':
        return `${named(d)} was stopped before its verdict`
      case 'aborted':
        return `${named(d)} was ended early, for it hurt more than it may${before(d)}: ${broke}`
      default:
        return `${named(d)} ${d.all['regressed'] === true ? 'held before, and no longer does' : 'did not hold'}: ${broke}`
    }
  },
}

const before = (d: Facts) => (d.all['regressed'] === true ? '; it held before' : '')

function named(d: Facts): string {
  const without = d.list('without').join(' and ')
  const of = d.text('of') ? `, ${d.text('stage') === 'copy' ? 'on a copy of' : 'on'} ${d.text('of')}` : ''
  return `The drill ${d.text('drill') ?? 'of something'}${without === '' ? '' : ` without ${without}`}${of}${of === '' ? '' : ','}`
}
