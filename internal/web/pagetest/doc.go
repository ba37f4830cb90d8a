// Package pagetest asks pages the way a browser does, without the web root: it serves the
// routes of a room, renders what they answer into a frame, and lets tests ask about the
// outcome by selector.
//
//	site := pagetest.New(t, followup.Routes(c))
//	page := site.Get(ana, "/follow-ups?mine=1")
//	page.One("#follow-ups").WantText("Renew the certificate")
//	page = site.Post(ana, "/follow-ups/"+id+"/complete", url.Values{"note": {"done"}})
//	page.WantGone("/follow-ups")
package pagetest
