// <selfheal-feature name="sell">: shows what can be done now. A child with `when="readonly off"` is shown in those modes; one without
// `when` while the feature is on, or always, with its controls turned off, when the element says `disable`. In [data-why] stands why.
import { pageModes } from './modes.ts'

type Control = HTMLInputElement & { selfheal?: boolean }

/** Once, when the page starts. Does nothing where there are no custom elements (a server). */
export function defineFeatureElement(name = 'selfheal-feature'): void {
  if (typeof customElements === 'undefined' || customElements.get(name) !== undefined) return
  customElements.define(
    name,
    class extends HTMLElement {
      static observedAttributes = ['name', 'disable']
      private ends: (() => void)[] = []
      private last = ''

      connectedCallback() {
        const seen = new MutationObserver(() => this.show())
        // A handler that ends turns its button on again, whatever has become of the feature meanwhile.
        seen.observe(this, { childList: true, subtree: true, attributeFilter: ['disabled', 'readonly'] })
        this.ends = [pageModes().subscribe(() => this.show()), () => seen.disconnect()]
        this.show()
      }
      disconnectedCallback() {
        for (const end of this.ends) end()
      }
      attributeChangedCallback() {
        if (this.isConnected) this.show()
      }
      show() {
        const feature = pageModes().get(this.getAttribute('name') ?? '')
        const { mode, causes } = feature
        const on = mode === 'on'
        const held = this.contains(document.activeElement)
        for (const child of this.children) {
          const when = child.getAttribute('when')
          const shown = when === null ? on || this.hasAttribute('disable') : when.split(' ').includes(mode)
          ;(child as HTMLElement).hidden = !shown
          if (when === null) turn(child, on)
        }
        for (const place of this.querySelectorAll('[data-why]')) {
          const why = causes.map(cause => cause.says).join(', ')
          if (place.textContent !== why) place.textContent = why
        }
        this.setAttribute('mode', mode)
        // Whoever stood on a button that went, stands where it was.
        if (held && (document.activeElement?.closest('[hidden],:disabled') || document.activeElement === document.body)) {
          this.tabIndex = -1
          this.focus()
        }
        if (this.last !== mode) this.dispatchEvent(new CustomEvent('selfheal-mode', { bubbles: true, detail: feature }))
        this.last = mode
      }
    },
  )
}

/** What is written can be read and copied on; only what we turned off is turned on again. */
function turn(child: Element, on: boolean) {
  const controls = child.querySelectorAll<Control>('button,input,select,textarea')
  for (const control of child.matches('button,input,select,textarea') ? [child as Control, ...controls] : controls) {
    const what = /^(button|submit|image|reset|radio|checkbox|select.*|file|range|color)$/.test(control.type)
      ? 'disabled'
      : 'readOnly'
    if (!on && !control[what]) control[what] = control.selfheal = true
    else if (on && control.selfheal) control[what] = control.selfheal = false
  }
}
