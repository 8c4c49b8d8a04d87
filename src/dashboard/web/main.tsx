// The dashboard's page begins here: the store is connected, the shell is drawn.
import { render } from 'preact'
import { connect } from './connect.ts'
import { Shell } from './shell.tsx'

const page = document.getElementById('page')!
page.textContent = ''
connect()
render(<Shell />, page)
