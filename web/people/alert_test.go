package people_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"tocsin/rules"
	"tocsin/web/people"
)

const alerts = "/api/tocsin/v1/alerts"

func TestAlert(t *testing.T) {
	d := newDaemon()
	a := d.fire(rules.Error, "alertname", "Latency")
	a.SilencedBy, a.MutedBy = []string{"s1"}, []string{"nights"}
	a.Ack = &rules.Ack{Level: rules.Error, By: "ada", At: d.at()}
	_, got := d.ask(t, "GET", alerts, "")
	want := `{"alerts":[{"fingerprint":"fa","labels":{"alertname":"Latency","severity":"critical"},"annotations":{"summary":"Latency is bad"},` +
		`"level":"error","reason":"breached","value":"0.618","threshold":"0.5","side":"above","unit":"seconds","versus":"618 ms > 500 ms",` +
		`"summary":"Latency is bad","startsAt":"2026-11-22T13:50:00Z","levelSince":"2026-11-22T13:51:00Z","episode":"ea","rule":"g/Latency",` +
		`"source":"default","graphUrl":"http://prom/graph","receivers":["web"],"heldBy":{"silences":["s1"],"inhibitors":[],"timeIntervals":["nights"],` +
		`"acknowledgement":{"level":"error","by":"ada","at":"2026-11-22T14:00:00Z"}}}],"total":1}`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	a.Alert.Side = rules.Present
	if got := get[people.AlertPage](t, d, alerts).Alerts[0]; got.Threshold != "" {
		t.Errorf("a rule without a threshold has %q", got.Threshold)
	}
}

func fingerprints(p people.AlertPage) string {
	var all []string
	for _, a := range p.Alerts {
		all = append(all, a.Fingerprint)
	}
	return strings.Join(all, " ")
}

func TestAlertQuery(t *testing.T) {
	d := storm()
	d.alerts[0].Ack = &rules.Ack{Level: rules.Warn, By: "ada"}
	d.fire(rules.Warn, "alertname", "Free")
	for _, c := range []struct{ query, want string }{
		{"", "fa fb fc fd fe"},
		{"?level=error", "fb fd"},
		{"?level=warn", "fa fb fc fd fe"},
		{"?held=true", "fa fb fc fd"},
		{"?held=false", "fe"},
		{"?filter=alertname%3DLatency&filter=route%3D~%22.*b%22", "fb"},
	} {
		if got := fingerprints(get[people.AlertPage](t, d, alerts+c.query)); got != c.want {
			t.Errorf("%q: %s, want %s", c.query, got, c.want)
		}
	}
	for query, want := range map[string]int{
		"?level=loud": 422, "?held=maybe": 422, "?limit=0": 422, "?limit=10001": 422, "?filter=x": 400, "?cursor=x": 400, "?colour=red": 422,
	} {
		if status, answer := d.ask(t, "GET", alerts+query, ""); status != want {
			t.Errorf("%s: %d %s", query, status, answer)
		}
	}
}

// Page after page, what is there all the time is listed once, whatever comes and
// goes meanwhile.
func TestAlertPages(t *testing.T) {
	d := newDaemon()
	for range 7 {
		d.fire(rules.Warn, "alertname", "Latency")
	}
	var got []string
	query := "?limit=3"
	for {
		page := get[people.AlertPage](t, d, alerts+query)
		got = append(got, fmt.Sprintf("%s of %d", fingerprints(page), page.Total))
		if page.Next == "" {
			break
		}
		query = "?limit=3&cursor=" + page.Next
		if len(got) == 1 {
			d.alerts = append(d.alerts[:2:2], d.alerts[3:]...) // the last of that page is over
		}
	}
	if want := "fa fb fc of 7, fd fe ff of 6, fg of 6"; strings.Join(got, ", ") != want {
		t.Errorf("%v, want %s", got, want)
	}
}

// Two alerts of one label set are two in the list.
func TestAlertTwins(t *testing.T) {
	d := newDaemon()
	for range 3 {
		d.fire(rules.Warn, "alertname", "Latency").Fingerprint = "same"
	}
	page := get[people.AlertPage](t, d, alerts+"?limit=2")
	last := get[people.AlertPage](t, d, alerts+"?limit=2&cursor="+page.Next)
	if len(page.Alerts) != 2 || len(last.Alerts) != 1 || last.Alerts[0].Episode != "ec" || last.Next != "" {
		t.Errorf("%+v, %+v", page, last)
	}
}

func TestPreview(t *testing.T) {
	const preview = "/api/tocsin/v1/silences/preview"
	d := storm()
	got := asked[people.Previewed](t, d, "POST", preview, `{"matchers":[{"name":"alertname","value":"Latency"}]}`)
	if got.Count != 2 || got.Alerts[0].Fingerprint != "fb" || got.Alerts[0].Level != "error" || got.Alerts[1].Receivers[0] != "web" {
		t.Errorf("%+v", got)
	}
	if got := asked[people.Previewed](t, d, "POST", preview, `{"matchers":[{"name":"alertname","value":"None"}]}`); got.Count != 0 || got.Alerts == nil {
		t.Errorf("%+v", got)
	}
	if status, answer := d.ask(t, "POST", preview, `{"matchers":[]}`); status != 400 {
		t.Errorf("%d %s", status, answer)
	}
	if len(d.acts) > 0 {
		t.Errorf("a preview acted: %v", d.acts)
	}
}

// The description is there, names every path, and nothing loads from elsewhere.
func TestOpenAPI(t *testing.T) {
	got := get[struct {
		OpenAPI string
		Paths   map[string]map[string]json.RawMessage
	}](t, newDaemon(), "/api/openapi.json")
	if !strings.HasPrefix(got.OpenAPI, "3.1") {
		t.Errorf("version %s", got.OpenAPI)
	}
	for path, methods := range map[string][]string{
		alerts: {"get"}, acks: {"get", "post", "delete"}, "/api/tocsin/v1/silences/preview": {"post"},
	} {
		for _, method := range methods {
			if got.Paths[path][method] == nil {
				t.Errorf("%s %s is not described", method, path)
			}
		}
	}
	for _, path := range []string{"/docs", "/schemas/Alert.json"} {
		if status, _ := newDaemon().ask(t, "GET", path, ""); status != 404 {
			t.Errorf("%s: %d", path, status)
		}
	}
}
