package look

import (
	"context"
	"slices"

	"mainstay/internal/web/ui"
)

// LogTabs lead between the pages about log lines, which several rooms have. Those that show lines are left
// out for who may read none: rules and saved searches are for everybody at the desk.
func LogTabs(ctx context.Context, current string) []ui.Tab {
	list := []ui.Tab{{Label: "Search", URL: logsURL}, {Label: "Patterns", URL: logsURL + "/patterns"}, {Label: "Saved searches", URL: "/logs/saved"},
		{Label: "Dashboards", URL: "/logs/dashboards"}, {Label: "Log rules", URL: "/rules"}, {Label: "Metric rules", URL: "/metric-rules"}}
	if opens := ui.From(ctx).Opens; opens != nil && !opens(ctx, logsURL) {
		list = slices.Delete(list, 0, 2)
	}
	for i := range list {
		list[i].Current = list[i].URL == current
	}
	return list
}

const logsURL = "/logs"
