// What `selfheal run` (and so `npm start`) runs here: the marketplace, and its own PostgreSQL, unless MARKETPLACE_DATABASE_URL names
// another.
import { config } from 'selfheal'
import { choosePort, databaseUrl } from './examples/marketplace/postgres/place.ts'

const node = 'node --disable-warning=ExperimentalWarning'
const port = process.env.PORT || '3000'
const elsewhere = process.env.MARKETPLACE_DATABASE_URL
const databasePort = elsewhere ? 0 : await choosePort()

const app = {
  // A small heap, so that `npm run break -- leak` is over in seconds.
  run: `${node} --max-old-space-size=96 examples/marketplace/app.ts`,
  ports: [port],
  env: {
    PORT: port,
    DATABASE_URL: elsewhere || databaseUrl(databasePort),
    ...(process.env.NODE_ENV === 'production' ? {} : { MARKETPLACE_BREAK: '1' }),
  },
}
const database = {
  run: `${node} examples/marketplace/database.ts`,
  env: { PGPORT: String(databasePort) },
  ready: 'line',
} as const

export default config({
  programs: elsewhere ? { app } : { database, app: { ...app, needs: ['database'] } },
  // A copy to be drilled has a database of its own, and a proxy on the way to it that can be broken.
  drills: {
    program: 'app',
    env: ({ folder }: { folder: string }) => ({ MARKETPLACE_DATA: `${folder}/data`, MARKETPLACE_PGPORT: '' }),
    proxies: { database: { program: 'app', env: 'DATABASE_URL' } },
  },
})
