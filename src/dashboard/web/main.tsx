// The dashboard's page begins here: the store is connected, the shell is drawn, each in a task of its own.
import { render } from 'preact'
import { connect } from './connect.ts'
import { Shell } from './shell.tsx'

connect()
setTimeout(() => {
  const page = document.getElementById('page')!
  page.textContent = ''
  render(<Shell />, page)
}, 0)
