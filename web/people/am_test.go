package people_test

import (
	"strings"
	"testing"

	"tocsin/rules"
	"tocsin/web/people"
)

// storm are four alerts, held by this and that.
func storm() *daemon {
	d := newDaemon()
	d.fire(rules.Warn, "alertname", "Latency", "route", "/a")
	d.fire(rules.Error, "alertname", "Latency", "route", "/b").SilencedBy = []string{"s1"}
	d.fire(rules.Warn, "alertname", "Errors").InhibitedBy = []string{"fb"}
	last := d.fire(rules.Error, "alertname", "Down")
	last.MutedBy, last.Receivers = []string{"nights"}, []string{"ops", "web"}
	return d
}

func TestAlerts(t *testing.T) {
	d := newDaemon()
	d.fire(rules.Error, "alertname", "Latency").SilencedBy = []string{"s1"}
	_, got := d.ask(t, "GET", "/api/v2/alerts", "")
	want := `[{"labels":{"alertname":"Latency","severity":"critical"},"annotations":{"summary":"Latency is bad"},` +
		`"startsAt":"2026-11-22T13:50:00Z","endsAt":"2026-11-22T14:05:00Z","updatedAt":"2026-11-22T13:51:00Z",` +
		`"fingerprint":"fa","generatorURL":"http://prom/graph","receivers":[{"name":"web"}],` +
		`"status":{"state":"suppressed","silencedBy":["s1"],"inhibitedBy":[],"mutedBy":[]}}]`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestAlertsFilter(t *testing.T) {
	d := storm()
	for _, c := range []struct{ query, want string }{
		{"", "fa fb fc fd"},
		{"?silenced=false&inhibited=false", "fa fd"},
		{"?silenced=false", "fa fc fd"},
		{"?inhibited=false", "fa fb fd"},
		{"?active=false", "fb fc"},
		{"?unprocessed=false", "fa fb fc fd"},
		{"?filter=alertname%3DLatency", "fa fb"},
		{"?filter=alertname%3DLatency&filter=route!%3D%2Fa", "fb"},
		{"?receiver=op.*", "fd"},
		{"?receiver=op", ""},
	} {
		var got []string
		for _, a := range get[[]people.GettableAlert](t, d, "/api/v2/alerts"+c.query) {
			got = append(got, a.Fingerprint)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%q: %v, want %s", c.query, got, c.want)
		}
	}
	for _, bad := range []string{"?active=maybe", "?filter=x", "?receiver=("} {
		if status, answer := d.ask(t, "GET", "/api/v2/alerts"+bad, ""); status != 400 || !strings.HasPrefix(answer, `"`) {
			t.Errorf("%s: %d %s", bad, status, answer)
		}
	}
	if _, answer := newDaemon().ask(t, "GET", "/api/v2/alerts", ""); answer != "[]" {
		t.Errorf("no alerts are %s", answer)
	}
}

func TestGroups(t *testing.T) {
	d := storm()
	for _, c := range []struct{ query, want string }{
		{"", "Down:web:fd Errors:web:fc Latency:web:fa,fb"},
		{"?muted=false", "Errors:web:fc Latency:web:fa,fb"},
		{"?silenced=false&filter=alertname%3DLatency", "Latency:web:fa"},
		{"?receiver=ops", ""},
	} {
		var got []string
		for _, g := range get[[]people.AlertGroup](t, d, "/api/v2/alerts/groups"+c.query) {
			var fs []string
			for _, a := range g.Alerts {
				fs = append(fs, a.Fingerprint)
			}
			got = append(got, g.Labels["alertname"]+":"+g.Receiver.Name+":"+strings.Join(fs, ","))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%q: %v, want %s", c.query, got, c.want)
		}
	}
}

func TestStatus(t *testing.T) {
	for _, c := range []struct {
		method, path string
		status       int
		says         string
	}{
		{"GET", "/api/v2/status", 200, `"cluster":{"peers":[],"status":"disabled"}`},
		{"GET", "/api/v2/status", 200, `"uptime":"2026-11-22T14:00:00Z"`},
		{"GET", "/api/v2/receivers", 200, `[{"name":"web"},{"name":"ops"}]`},
		{"POST", "/api/v2/alerts", 501, "takes no alerts"},
		{"PUT", "/api/v2/silences", 405, ""},
	} {
		if status, answer := newDaemon().ask(t, c.method, c.path, ""); status != c.status || !strings.Contains(answer, c.says) {
			t.Errorf("%s %s: %d %s", c.method, c.path, status, answer)
		}
	}
}

// A body without an end is cut, not read.
func TestLargeBody(t *testing.T) {
	large := `{"matchers":[{"name":"alertname","value":"` + strings.Repeat("x", 2<<20) + `"}],"by":"ada","untilResolved":true}`
	for _, path := range []string{"/api/v2/silences", acks} {
		if status, answer := storm().ask(t, "POST", path, large); status != 413 {
			t.Errorf("%s: %d %.100s", path, status, answer)
		}
	}
}
