package look

import "mainstay/internal/web/ui"

// LogTabs lead between the pages about log lines, which several rooms have.
func LogTabs(current string) []ui.Tab {
	list := []ui.Tab{{Label: "Search", URL: "/logs"}, {Label: "Patterns", URL: "/logs/patterns"}, {Label: "Saved searches", URL: "/logs/saved"},
		{Label: "Dashboards", URL: "/logs/dashboards"}, {Label: "Log rules", URL: "/rules"}}
	for i := range list {
		list[i].Current = list[i].URL == current
	}
	return list
}
