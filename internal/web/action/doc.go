// Package action is the shape of a page action: who may ask, one request in, one answer out.
//
// A room under internal/web declares its routes in one place and has one file for each act:
//
//	func Routes(c Config) []action.Route {
//		p := pages{c}
//		return []action.Route{
//			action.Get("/incidents/{key}", people.IncidentRead, p.show),
//			action.Post("/incidents/{key}/comment", people.IncidentWork, p.comment),
//		}
//	}
//
//	// comment adds a note to the timeline.
//	func (p pages) comment(r *http.Request, by actor.Actor) (action.Answer, error) {
//		key := r.PathValue("key")
//		_, err := p.Incidents.Comment(r.Context(), by, key, incident.Comment{Text: r.PostFormValue("text")})
//		if err != nil {
//			return p.again(r, by, key, "comment", err) // the page with the form as it was typed
//		}
//		return action.Go("/incidents/"+key, action.Done("Comment added.")), nil
//	}
//
// A handler parses, calls the service, and returns what to show or where to go. It has no
// ResponseWriter, so no page is ever half written: the web root renders the answer into the
// frame, maps an error to its page, and keeps messages for the page that comes next.
//
// Needs is the first gate, and what the test of every route with every role enumerates; the
// service asks again, about the very record.
package action
