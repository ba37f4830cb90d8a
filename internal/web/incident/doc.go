// Package incident is the pages of incidents: the list, a new one, and the page of one with
// everything that can be done to it.
//
// The page of an incident is made of three live elements, each with a fragment of its own:
// the head (what it is, who has it, both clocks, the acts), the side (people, alerts,
// messages, links, files) and the timeline. The comment box belongs to none of them, so that
// nothing disturbs who is writing.
//
// Acts post and come back to the page; a refused one shows the page again with its form open.
package incident
