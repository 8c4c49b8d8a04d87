// What `selfheal run` (and so `npm start`) runs here: the marketplace's own PostgreSQL, and the marketplace.
import { config } from 'selfheal'
import { choosePort, databaseUrl } from './examples/marketplace/postgres/place.ts'

const port = process.env.PORT || '3000'
const databasePort = await choosePort()

export default config({
  programs: {
    database: {
      run: 'node --disable-warning=ExperimentalWarning examples/marketplace/database.ts',
      env: { PGPORT: String(databasePort) },
      ready: 'line',
    },
    app: {
      // A small heap, so that `npm run break -- leak` is over in seconds.
      run: 'node --disable-warning=ExperimentalWarning --max-old-space-size=96 examples/marketplace/app.ts',
      ports: [port],
      needs: ['database'],
      env: {
        PORT: port,
        DATABASE_URL: databaseUrl(databasePort),
        ...(process.env.NODE_ENV === 'production' ? {} : { MARKETPLACE_BREAK: '1' }),
      },
    },
  },
})
