package demo

import (
	"fmt"
	"slices"
	"time"
)

// Failure is something that can be broken on /demo. Services and components are those of
// examples/bank.
type Failure struct {
	Name  string // in URLs
	Title string
	Story string // what is happening in the world outside
	Watch string // what to look for on the desk
	// Symptoms are what the bank's monitoring sees, each from some time after the start.
	Symptoms []Symptom
	// Telephones stop working while it lasts; mail goes on.
	Telephones bool
}

// Symptom is an alert that monitoring sends every minute while the failure lasts.
type Symptom struct {
	After   time.Duration // since the failure began, on the desk's clock
	Labels  map[string]string
	Summary string
	Details string
}

// services are the names of those that show it.
func (f Failure) services() []string {
	var out []string
	for _, s := range f.Symptoms {
		out = append(out, s.Labels["service"])
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Failures returns what can be broken.
func Failures() []Failure {
	return []Failure{firewall(), mailServer(), marketData(), storm(), telephones()}
}

func firewall() Failure {
	return Failure{
		Name:  "firewall",
		Title: "Bank B's firewall drops MQ sessions",
		Story: "A technician at Bank B changed an access list. Payments to Bank B queue up, and the Fedwire cut-off comes closer.",
		Watch: "The first line is paged at once. Nobody answers? Three minutes later payments support is paged, then infrastructure, " +
			"then the support manager. After six minutes settlement falls behind too.",
		Symptoms: []Symptom{
			{
				Labels:  alert("MQSessionsDown", "payments", "payments-mq", "critical"),
				Summary: "MQ sessions to Bank B: 0 of 8 up",
				Details: "All channels to Bank B ended within 20 seconds. Other partners are not affected. The last payment left a minute ago.",
			},
			{
				After:   2 * time.Minute,
				Labels:  alert("QueueDepth", "payments", "payment-gateway", "critical"),
				Summary: "Payments that wait for Bank B: over 10,000",
				Details: "The queue grows by 90 payments a second.",
			},
			{
				After:   6 * time.Minute,
				Labels:  alert("SettlementLag", "settlement", "settlement-engine", "warning"),
				Summary: "Settlement positions are 6 minutes behind payments",
				Details: "Positions with Bank B cannot be confirmed.",
			},
		},
	}
}

func mailServer() Failure {
	return Failure{
		Name:  "mail-server",
		Title: "The mail server does not boot",
		Story: "After storage maintenance the bank's mail server does not come back. The first line tries, and tries again.",
		Watch: "Acknowledge it, and do nothing more: the clock to restoration goes on, and brings in the second line and the support manager " +
			"whoever has acknowledged. Repaired, it still waits for a person: people look at mail before they call it restored.",
		Symptoms: []Symptom{
			{
				Labels:  alert("HostDown", "mail", "mail-host", "critical"),
				Summary: "The mail host does not answer since the end of the storage maintenance",
				Details: "The console shows: waiting for volume mail-0.",
			},
			{
				After:   4 * time.Minute,
				Labels:  alert("MailQueue", "mail", "mail-relay", "error"),
				Summary: "Notices to clients that wait at the relay: over 5,000",
			},
		},
	}
}

func marketData() Failure {
	return Failure{
		Name:  "market-data",
		Title: "Market data is late",
		Story: "The feed handler falls behind the exchange: first by seconds, and then it stops.",
		Watch: "It begins as a warning, which comes by mail and wakes nobody. After three minutes prices are stale and the severity " +
			"rises: whoever is next is called on the telephone.",
		Symptoms: []Symptom{
			{
				Labels:  alert("FeedLag", "market-data", "feed-handler", "warning"),
				Summary: "Quotes are 4 seconds behind the exchange",
			},
			{
				After:   3 * time.Minute,
				Labels:  alert("FeedStale", "market-data", "price-cache", "critical"),
				Summary: "No quote for 60 seconds: prices at the dealing desk are stale",
				Details: "Dealers have been told to quote by telephone only.",
			},
		},
	}
}

// storm is ten machines of each of five services.
func storm() Failure {
	f := Failure{
		Name:  "switch",
		Title: "A switch fails: fifty alerts at once",
		Story: "The core switch goes down, and everything behind it complains in the same second.",
		Watch: "One incident per service (the client portal has one per site), and one message that lists them instead of fifty messages.",
	}
	for _, service := range []string{"payments", "settlement", "market-data", "client-portal", "reporting"} {
		for n := range 10 {
			host := fmt.Sprintf("%s-%c%d", service, 'a'+rune(n/5), n%5+1)
			labels := map[string]string{"alertname": "HostUnreachable", "service": service, "instance": host, "severity": "error",
				"site": []string{"london", "new-york"}[n/5]}
			f.Symptoms = append(f.Symptoms, Symptom{Labels: labels, Summary: host + " cannot be reached"})
		}
	}
	return f
}

func telephones() Failure {
	return Failure{
		Name:  "telephones",
		Title: "The telephones are dead",
		Story: "The mobile network breaks off every connection: what goes to a telephone does not arrive.",
		Watch: "Begin this, then another failure. What cannot be delivered goes by mail within half a minute. The telephone is tried again until it " +
			"works, and then says “possible repeat”: nobody knows what had arrived.",
		Telephones: true,
	}
}

func alert(name, service, component, severity string) map[string]string {
	return map[string]string{"alertname": name, "service": service, "component": component, "severity": severity}
}
