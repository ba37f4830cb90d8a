package eventlog_test

import (
	"encoding/json"
	"testing"
	"time"

	"mainstay/internal/agent/eventlog"
)

// An event 4625 in the form that Microsoft documents for "An account failed to log on".
const logon = `<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event">
 <System>
  <Provider Name="Microsoft-Windows-Security-Auditing" Guid="{54849625-5478-4994-A5BA-3E3B0328C30D}" />
  <EventID>4625</EventID>
  <Version>0</Version>
  <Level>0</Level>
  <Task>12546</Task>
  <Keywords>0x8010000000000000</Keywords>
  <TimeCreated SystemTime="2026-03-08T22:54:54.962511700Z" />
  <EventRecordID>229977</EventRecordID>
  <Correlation />
  <Execution ProcessID="516" ThreadID="3240" />
  <Channel>Security</Channel>
  <Computer>DC01.bank.example</Computer>
  <Security />
 </System>
 <EventData>
  <Data Name="TargetUserName">auditor</Data>
  <Data Name="Status">0xc0000234</Data>
  <Data Name="Empty"></Data>
  <Data>plain &amp; unnamed</Data>
 </EventData>
</Event>`

const cleared = `<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Microsoft-Windows-Eventlog'/>` +
	`<EventID>1102</EventID><Level>4</Level></System><UserData><LogFileCleared xmlns='http://manifests.microsoft.com/win/2004/08/windows/eventlog'>` +
	`<SubjectUserName>dadmin</SubjectUserName></LogFileCleared></UserData>` +
	`<RenderingInfo Culture='en-US'><Message>The audit log was cleared.</Message></RenderingInfo></Event>`

func parse(t *testing.T, text string) map[string]string {
	t.Helper()
	var got map[string]string
	if err := json.Unmarshal(eventlog.Line("win1", "Security", []byte(text)), &got); err != nil {
		t.Fatal(err)
	}
	return got
}

func TestEventsAreTakenApart(t *testing.T) {
	for text, want := range map[string]map[string]string{
		logon: {"host": "win1", "file": "eventlog:Security", "_time": "2026-03-08T22:54:54.9625117Z", "event_id": "4625", "severity": "info",
			"provider_name": "Microsoft-Windows-Security-Auditing", "channel": "Security", "computer": "DC01.bank.example", "event_record_id": "229977",
			"execution_process_id": "516", "data.TargetUserName": "auditor", "data.4": "plain & unnamed", "data.Empty": "",
			"_msg": "Microsoft-Windows-Security-Auditing 4625 TargetUserName=auditor Status=0xc0000234 4=plain & unnamed"},
		cleared:                    {"_time": "", "event_id": "1102", "data.SubjectUserName": "dadmin", "_msg": "The audit log was cleared."},
		"<Event":                   {"_msg": "<Event", "event_error": "the event is not XML that can be read: XML syntax error on line 1: unexpected EOF"},
		"":                         {"event_error": "the event has no Event element"},
		"<Other><System/></Other>": {"_msg": "<Other><System/></Other>"},
	} {
		got := parse(t, text)
		for name, value := range want {
			if got[name] != value {
				t.Errorf("%.40s: %s is %q, want %q", text, name, got[name], value)
			}
		}
	}
}

func FuzzLine(f *testing.F) {
	for _, seed := range []string{logon, cleared, "", "<Event/>", "<Event><EventData><Data Name='_msg'>x</Data></EventData></Event>", "<Event>\xff</Event>"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := parse(t, text) // one JSON object of texts, whatever came
		if got["host"] != "win1" || got["file"] != "eventlog:Security" {
			t.Fatalf("%v", got)
		}
		if at := got["_time"]; at != "" {
			if _, err := time.Parse(time.RFC3339Nano, at); err != nil {
				t.Fatal(err)
			}
		}
	})
}
