// Package e2e drives a real browser against a real server, for what only a browser shows:
// live updates, the stale banner, ten tabs, the keyboard, accessibility in both themes.
//
// It is a module of its own, so that the product does not depend on a browser driver.
package e2e
