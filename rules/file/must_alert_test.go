package file_test

import (
	"strings"
	"testing"
	"time"

	"tocsin/rules"
	"tocsin/rules/file"
)

func TestLoadIncidents(t *testing.T) {
	all, problems := file.LoadIncidents(file.Memory{"i.yaml": `
incidents:
  - name: checkout
    from: 2026-01-31T08:00:00Z
    until: 2026-01-31T10:00:00+01:00
    alerts: [Latency, Errors]
    match: '{route="/pay"}'
    level: error
    receiver: phone
    within: 5m
  - {from: 2026-01-31T08:00:00Z, until: 2026-01-31T08:10:00Z}
`}, "i.yaml")
	if len(problems) > 0 || len(all) != 2 {
		t.Fatal(all, problems)
	}
	i := all[0]
	if i.Name != "checkout" || i.Until.Sub(i.From) != time.Hour || len(i.Alerts) != 2 || i.Match.String() != `{route="/pay"}` ||
		i.Level != rules.Error || i.Receiver != "phone" || i.Deadline() != i.From.Add(5*time.Minute) || i.Line != 3 {
		t.Errorf("%+v", i)
	}
	if short := all[1]; short.Deadline() != short.Until {
		t.Errorf("deadline %v of %+v", short.Deadline(), short)
	}
}

func TestLoadIncidentsRefuses(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"no end", "incidents: [{from: 2026-01-31T08:00:00Z}]", "1:13: an incident needs from and until"},
		{"no zone", "incidents: [{from: 2026-01-31T08:00:00, until: 2026-01-31T09:00:00Z}]", `"2026-01-31T08:00:00" is not an instant`},
		{"an end before the beginning", "incidents: [{from: 2026-01-31T08:00:00Z, until: 2026-01-31T07:00:00Z}]", "until is not after from"},
		{"a level that is none", "incidents: [{from: 2026-01-31T08:00:00Z, until: 2026-01-31T09:00:00Z, level: bad}]", `level is warn or error, not "bad"`},
		{"matchers that are none", "incidents: [{from: 2026-01-31T08:00:00Z, until: 2026-01-31T09:00:00Z, match: 'a'}]", "a"},
		{"a misspelt key", "incident: []", `unknown key "incident" in an incident file`},
		{"no list", "incidents: 3", "expected a list of incidents"},
		{"an item that is none", "incidents: [3]", "expected the keys of an incident"},
		{"nothing", "", "the file holds no incidents"},
	} {
		_, problems := file.LoadIncidents(file.Memory{"i": tt.text}, "i")
		if len(problems) != 1 || !strings.Contains(problems[0].Error(), tt.want) {
			t.Errorf("%s: %v, want %s", tt.name, problems, tt.want)
		}
	}
	if _, problems := file.LoadIncidents(file.Memory{}, "i"); len(problems) != 1 {
		t.Errorf("a file that is not there: %v", problems)
	}
}
