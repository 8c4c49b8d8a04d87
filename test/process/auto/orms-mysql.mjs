// An app that has never heard of us and asks MariaDB by ORMs and by connections of its own, all at once: each has a table of its own.
import http from 'node:http'
import { eq, sql } from 'drizzle-orm'
import { int, mysqlTable, varchar } from 'drizzle-orm/mysql-core'
import { drizzle } from 'drizzle-orm/mysql2'
import knexOf from 'knex'
import called from 'mysql2'
import promised from 'mysql2/promise'
import { DataTypes, QueryTypes, Sequelize } from 'sequelize'
import { DataSource, EntitySchema } from 'typeorm'

const config = JSON.parse(process.env.MARIADB)
const CREATE = name => `create table if not exists ${name} (id int primary key, says varchar(20) not null)`
const one = ([rows]) => rows[0]?.says

const drizzled = () => {
  const db = drizzle({ connection: { ...config, connectionLimit: 4 } })
  const t = mysqlTable('drizzle', { id: int('id').primaryKey(), says: varchar('says', { length: 20 }).notNull() })
  return {
    setup: () => db.execute(sql.raw(CREATE('drizzle'))),
    insert: id => db.insert(t).values({ id, says: 'hello' }),
    select: async id => (await db.select().from(t).where(eq(t.id, id)))[0]?.says,
    transaction: (id, fails) =>
      db.transaction(async tx => {
        await tx.insert(t).values({ id, says: 'first' })
        await tx.update(t).set({ says: 'second' }).where(eq(t.id, id))
        if (fails) tx.rollback()
      }),
    sleep: s => db.execute(sql`select sleep(${s})`),
  }
}

const knexed = () => {
  const db = knexOf({ client: 'mysql2', connection: config, pool: { min: 0, max: 4 } })
  return {
    setup: () => db.schema.raw(CREATE('knex')),
    insert: id => db('knex').insert({ id, says: 'hello' }),
    select: async id => (await db('knex').where({ id }).first())?.says,
    transaction: (id, fails) =>
      db.transaction(async tx => {
        await tx('knex').insert({ id, says: 'first' })
        await tx('knex').where({ id }).update({ says: 'second' })
        if (fails) throw new Error('rolled back')
      }),
    stream: async () => {
      let count = 0
      for await (const _ of db.raw('select seq from seq_1_to_1000').stream()) count++
      return count
    },
    sleep: s => db.raw('select sleep(?)', [s]),
  }
}

const sequelized = () => {
  const { host, port, user, database } = config
  const db = new Sequelize(database, user, '', { dialect: 'mysql', host, port, logging: false, pool: { max: 4 } })
  const t = db.define(
    'sequelize',
    { id: { type: DataTypes.INTEGER, primaryKey: true }, says: { type: DataTypes.STRING, allowNull: false } },
    { freezeTableName: true, timestamps: false },
  )
  return {
    setup: () => db.sync(),
    insert: id => t.create({ id, says: 'hello' }),
    select: async id => (await t.findByPk(id))?.says,
    transaction: (id, fails) =>
      db.transaction(async transaction => {
        await t.create({ id, says: 'first' }, { transaction })
        await t.update({ says: 'second' }, { where: { id }, transaction })
        if (fails) throw new Error('rolled back')
      }),
    sleep: s => db.query('select sleep(:s)', { replacements: { s }, type: QueryTypes.SELECT }),
  }
}

const typeormed = () => {
  const { host, port, user, database } = config
  const t = new EntitySchema({
    name: 'typeorm',
    columns: { id: { type: Number, primary: true }, says: { type: String } },
  })
  const db = new DataSource({
    type: 'mysql',
    host,
    port,
    username: user,
    database,
    entities: [t],
    synchronize: true,
    poolSize: 4,
  })
  return {
    setup: () => db.initialize(),
    insert: id => db.getRepository('typeorm').insert({ id, says: 'hello' }),
    select: async id => (await db.getRepository('typeorm').findOneBy({ id }))?.says,
    transaction: (id, fails) =>
      db.transaction(async tx => {
        await tx.getRepository('typeorm').insert({ id, says: 'first' })
        await tx.getRepository('typeorm').update({ id }, { says: 'second' })
        if (fails) throw new Error('rolled back')
      }),
    sleep: s => db.query('select sleep(?)', [s]),
  }
}

const owned = async (name, connection) => ({
  setup: () => connection.query(CREATE(name)),
  insert: id => connection.execute(`insert into ${name} values (?, ?)`, [id, 'hello']),
  select: async id => one(await connection.query({ sql: `select says from ${name} where id = ?`, values: [id] })),
  async transaction(id, fails) {
    await connection.beginTransaction()
    try {
      await connection.query(`insert into ${name} values (?, 'first')`, [id])
      await connection.query(`update ${name} set says = 'second' where id = ?`, [id])
      if (fails) throw new Error('rolled back')
      await connection.commit()
    } catch (error) {
      await connection.rollback()
      throw error
    }
  },
  sleep: s => connection.query('select sleep(?)', [s]),
  many: async () => (await Promise.all(Array.from({ length: 16 }, () => connection.query('select sleep(0.4)')))).length,
  begin: () => connection.beginTransaction(),
  commit: () => connection.commit(),
  rollback: () => connection.rollback(),
})
const { host, port, user, database } = config

const all = {
  drizzle: drizzled(),
  knex: knexed(),
  sequelize: sequelized(),
  typeorm: typeormed(),
  promised: await owned('promised', await promised.createConnection(config)),
  called: await owned('called', called.createConnection(`mysql://${user}@${host}:${port}/${database}`).promise()),
}

const server = http.createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://app')
  const [, name, does] = pathname.split('/')
  try {
    const args = [...searchParams.keys()].map(key => Number(searchParams.get(key)))
    response.end(String(await all[name][does](...args)))
  } catch (error) {
    const code = error.code ?? error.parent?.code ?? error.cause?.code
    response.writeHead(500).end(`${error.constructor.name} ${code ?? error.message}`)
  }
})
process.on('SIGTERM', () => process.exit(0))
for (const orm of Object.values(all)) await orm.setup()
server.listen(0, '127.0.0.1', () => console.log(`listening on ${server.address().port}`))
