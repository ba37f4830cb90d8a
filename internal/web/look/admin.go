package look

import "mainstay/internal/web/ui"

// AdminTabs lead between the pages of administration, which several rooms have.
func AdminTabs(current string) []ui.Tab {
	list := []ui.Tab{{Label: "Overview", URL: "/admin"}, {Label: "Log sources", URL: "/admin/sources"}, {Label: "Log store", URL: "/admin/logs"}, {Label: "Keeping logs", URL: "/admin/logs/keeping"},
		{Label: "Configuration", URL: "/admin/configuration"}, {Label: "Messages", URL: "/admin/messages"}, {Label: "Tokens", URL: "/admin/tokens"}}
	for i := range list {
		list[i].Current = list[i].URL == current
	}
	return list
}
