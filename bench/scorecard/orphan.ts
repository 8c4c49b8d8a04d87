// An app that is killed while its query runs: `orphan.ts CONTENDER CONFIG NAME`.
import pg from 'pg'
import { contenders } from './contenders.ts'

const [who, config, application_name] = process.argv.slice(2) as [string, string, string]
const pool = new pg.Pool({ ...JSON.parse(config), application_name, max: 2 })
const contender = (await contenders()).find(({ name }) => name === who)!
await contender.database(pool, 60_000).query('select pg_sleep(20)')
