// Package ui is the page kit: layouts, components, the style sheet and the script of every page.
// It knows no noun of the desk; the rooms under internal/web put their records into its shapes.
//
// # A page
//
// The web root puts a Frame into the context of each request (who is signed in, navigation, the
// server's time, messages). A page author then writes a templ component and its handler:
//
//	templ list(in listPage) {
//		@ui.Page(ui.PageOpts{Title: "Incidents"}) {
//			@ui.PageHead(ui.HeadOpts{Title: "Incidents"}) {
//				@ui.LinkButton(ui.Act{Label: "New incident", Kind: ui.Primary, Shortcut: "n"}, "/incidents/new")
//			}
//			@ui.Table(ui.TableOpts{Label: "Incidents", Cards: true}) {
//				<thead>
//					<tr>
//						@ui.CheckHead("bulk")
//						@ui.SortHead("Key", "key", in.order)
//						@ui.Head("Title", "grow")
//						@ui.SortHead("Opened", "opened", in.order)
//					</tr>
//				</thead>
//				@rows(in)
//			}
//			@ui.Bulk("bulk", "/incidents/bulk") {
//				@ui.Button(ui.Act{Label: "Acknowledge", Kind: ui.Primary, Name: "do", Value: "acknowledge"})
//			}
//			@ui.Pager(in.next)
//		}
//	}
//
//	// rows is also what the fragment at /incidents/rows answers with.
//	templ rows(in listPage) {
//		@ui.Body(ui.Rows{ID: "incident-rows", Topics: "incident:*", Src: in.rowsURL, Pill: "incidents"}) {
//			for _, i := range in.items {
//				<tr { ui.RowAttributes("row-" + i.Key)... }>
//					@ui.CheckCell("bulk", i.Key, i.Key)
//					<td class="key"><a href={ templ.SafeURL(i.URL) } data-open>{ i.Key }</a></td>
//					<td class="clip">{ i.Title }</td>
//					<td data-label="Opened">
//						@ui.Time(i.Opened)
//					</td>
//				</tr>
//			}
//		}
//	}
//
//	page.Render(ui.With(r.Context(), frame), w)
//
// # Live elements
//
// An element with data-live="topic …" and data-live-src="/fragment" (made by Live, LiveList,
// Body, LiveAttributes) is fetched again when one of its topics changes, and morphed into the
// answer. The rules for authors:
//
//   - The element has an id, and the fragment answers with this very element, the same component
//     that the page rendered. Src carries the filters of the page's address.
//   - Rows, dialogs, details and controls inside have stable ids: what keeps its id keeps its
//     focus, ticks, open state and typed text.
//   - A topic ends in "*" to mean all that begin like it: "incident:*".
//   - The frame of a fragment has the address of the page that asks: Frame.URL comes from PageURL.
//   - A fragment answers 200 with HTML, 204 for no change, 401 when signed out, 403 or 404 when the
//     record is gone for this reader. Anything else makes the page retry and, when it lasts, say
//     that it is stale.
//   - A list with Pill keeps new rows back while somebody has scrolled into it or holds a row.
//
// The feed at Frame.LiveURL sends Server-Sent Events: at once and every 10 s "beat" with
// {"now":RFC 3339,"position":N,"rate":1}, for each change "change" with
// {"topic":"incident:…","version":N}, and "reset" when it has lost something itself. Positions are
// the ledger's; from a gap, and from Frame.Position, the page learns that it has missed something
// and fetches everything again.
// No beat for 25 s, or a fragment that cannot be had, shows "Stale since 14:03:12 UTC".
//
// # Forms
//
// Forms are plain: they post, the server redirects, or renders the page again with status 422 and
// the error in FormOpts.Err; fields find their own message by name. With Quiet the script sends
// the form without leaving the page: a redirect back to the same path refreshes the live elements
// and turns the new page's messages into toasts; a 422 puts the messages at the fields. Whatever
// is risky, destructive or seen by clients goes through Confirm. Quiet forms need an id of their
// own to show refused fields.
//
// # Keys
//
// data-go on navigation, Act.Shortcut on buttons and links, data-list and data-row on lists (Body,
// LiveList, RowAttributes) are all that a page declares; "?" lists what is there. Keys taken: g j k x / ? Enter Esc.
//
// # Strict content policy
//
// Headers sets a policy without inline script, inline style and eval. So: no style attributes, no
// on… attributes, no hx-on, no "js:" values, no trigger filters in brackets. A share of a whole is
// a <meter> or an SVG attribute. Plain htmx attributes (hx-get, hx-post, hx-target, hx-swap) work;
// the default swap is outerMorph, and inheritance must be spelled hx-target:inherited.
//
// # Class names for page authors
//
//	layout    stack cols split line spread actions right full gap-below narrow-only wide-only no-js js-only sr-only
//	text      muted small strong mono nowrap break big key text-ok text-warn text-bad text-unknown
//	tables    num tight grow clip group check-cell none (nothing in it: no line on a card); is-bad is-warn on rows; data-label on cells turns them into cards
//	lists     rows (a <ul> of dense lines)
//	boxes     card card-head card-body strip facts menu-item consequence hint
//
// The rest belongs to components. Colours are custom properties: --ok --warn --bad --unknown
// --accent --text --muted --line --surface --raised --sunken; charts read them with
// getComputedStyle and redraw on the event "mainstay:theme".
package ui
