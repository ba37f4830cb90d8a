package demo

import "time"

// Failure is something that can be broken on /demo.
type Failure struct {
	Name  string // in URLs
	Title string
	Story string // what is happening in the world outside, and what to watch for on the desk
	// Alerts are what the bank's monitoring sends, each from some time after the start.
	Alerts []Symptom
}

// Symptom is an alert that monitoring sends every minute while the failure lasts.
type Symptom struct {
	After   time.Duration // since the failure began, on the demo's clock
	Labels  map[string]string
	Summary string
	Details string
}

// failures are what can be broken. Services and components are those of examples/bank.
var failures = []Failure{
	{
		Name:  "firewall",
		Title: "Bank B's firewall drops MQ sessions",
		Story: "A technician at Bank B changed an access list. Sessions to the partner drop, outgoing payments queue up, " +
			"and the Fedwire cut-off comes closer. Watch the first line being paged at once, and what happens when nobody answers.",
		Alerts: []Symptom{
			{
				Labels:  alert("MQSessionsDown", "payments", "mq-payments", "critical"),
				Summary: "MQ sessions to Bank B: 0 of 8 up",
				Details: "All channels to Bank B ended within 20 seconds. The last message was sent a minute ago.",
			},
			{
				After:   2 * time.Minute,
				Labels:  alert("QueueDepth", "payments", "payment-engine", "critical"),
				Summary: "Payments waiting for Bank B: over 10,000",
			},
			{
				After:   6 * time.Minute,
				Labels:  alert("SettlementLag", "settlement", "settlement-batch", "warning"),
				Summary: "Settlement positions are 6 minutes behind payments",
			},
		},
	},
	{
		Name:  "mail",
		Title: "The mail server does not boot",
		Story: "After storage maintenance the core mail server does not come back. The first line tries; the resolution clock " +
			"brings in the second line, the third line and the support manager, even after somebody has acknowledged.",
		Alerts: []Symptom{
			{
				Labels:  alert("HostDown", "mail", "mail-store", "critical"),
				Summary: "mail-store does not answer since the end of the storage maintenance",
			},
			{
				After:   4 * time.Minute,
				Labels:  alert("MailQueue", "mail", "mail-gateway", "error"),
				Summary: "Incoming mail waits at the gateway: over 5,000 messages",
			},
		},
	},
	{
		Name:  "market-data",
		Title: "Market data is late",
		Story: "A feed handler falls behind the exchange. It begins as a warning, which does not wake anybody the hard way; " +
			"after a few minutes prices are stale, the severity rises, and the incident pages.",
		Alerts: []Symptom{
			{
				Labels:  alert("FeedLag", "market-data", "feed-handler", "warning"),
				Summary: "Quotes are 4 seconds behind the exchange",
			},
			{
				After:   5 * time.Minute,
				Labels:  alert("FeedStale", "market-data", "feed-handler", "critical"),
				Summary: "No quote for 60 seconds: prices on the desk are stale",
			},
		},
	},
	{
		Name:  "storm",
		Title: "A switch fails: fifty alerts at once",
		Story: "The core switch restarts and everything behind it complains at the same moment. Watch how the desk keeps it readable: " +
			"one incident per service, and messages that list many incidents instead of fifty messages.",
		Alerts: storm(),
	},
}

func alert(name, service, component, severity string) map[string]string {
	return map[string]string{"alertname": name, "service": service, "component": component, "severity": severity}
}

// storm is ten hosts behind a switch, of five services, each with its alert.
func storm() []Symptom {
	var out []Symptom
	for _, service := range []string{"payments", "settlement", "market-data", "client-portal", "reporting"} {
		for _, host := range []string{"a1", "a2", "a3", "b1", "b2", "b3", "c1", "c2", "c3", "d1"} {
			labels := map[string]string{"alertname": "HostUnreachable", "service": service,
				"instance": service + "-" + host, "severity": "error"}
			out = append(out, Symptom{Labels: labels, Summary: service + "-" + host + " cannot be reached"})
		}
	}
	return out
}
