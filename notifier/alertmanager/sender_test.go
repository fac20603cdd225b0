package alertmanager_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"pgregory.net/rapid"

	"tocsin/notifier"
	"tocsin/notifier/alertmanager"
	"tocsin/notifier/message/messagetest"
	"tocsin/notifier/request/requesttest"
	"tocsin/rules"
)

var update = flag.Bool("update", false, "write the golden files")

func settings(urls ...string) alertmanager.Settings {
	return alertmanager.Settings{
		URLs: urls, Hold: alertmanager.Hold(time.Minute, 15*time.Second), Timeout: 20 * time.Second,
		Severity: rules.SeverityLabels{Warn: "warning", Error: "critical"},
	}
}

func send(t testing.TB, s alertmanager.Settings, d notifier.Delivery) notifier.Settled {
	t.Helper()
	sender, err := alertmanager.New(s, messagetest.Maker(t))
	if err != nil {
		t.Fatal(err)
	}
	return sender.Send(context.Background(), d)
}

// Every kind of message is taken, and has the alerts of its file.
func TestAlerts(t *testing.T) {
	for _, c := range messagetest.Cases() {
		t.Run(c.Name, func(t *testing.T) {
			server := requesttest.New(t, "alertmanager")
			end := send(t, settings(server.URL), c.Delivery)
			if end.Outcome != notifier.Delivered || len(server.Got()) != 1 {
				t.Fatalf("%+v", end)
			}
			if c.Name == "many" || c.Name == "hostile" {
				return
			}
			var b bytes.Buffer
			if err := json.Indent(&b, server.Got()[0].Body, "", "  "); err != nil {
				t.Fatal(err)
			}
			messagetest.Golden(t, *update, c.Name+".json", append(b.Bytes(), '\n'))
		})
	}
}

func TestAnyDelivery(t *testing.T) {
	server := requesttest.New(t, "alertmanager")
	rapid.Check(t, func(rt *rapid.T) {
		d := messagetest.Deliveries().Draw(rt, "delivery")
		if end := send(t, settings(server.URL), d); end.Outcome != notifier.Delivered {
			rt.Fatalf("%+v", end)
		}
	})
}

// What fires lasts four times the longer of the two delays.
func TestHold(t *testing.T) {
	if a, b := alertmanager.Hold(time.Minute, 15*time.Second), alertmanager.Hold(time.Minute, time.Hour); a != 4*time.Minute || b != 4*time.Hour {
		t.Errorf("%v, %v", a, b)
	}
}

// No body has more alerts than Prometheus posts at once, and all come.
func TestBatches(t *testing.T) {
	d := messagetest.Cases()[0].Delivery
	one := d.Firing[0]
	d.Firing = nil
	for n := range 600 {
		e := one
		b := labels.NewBuilder(one.Labels)
		e.Labels = b.Set("route", fmt.Sprint(n)).Labels()
		d.Firing = append(d.Firing, e)
	}
	server := requesttest.New(t, "alertmanager")
	if end := send(t, settings(server.URL), d); end.Outcome != notifier.Delivered {
		t.Fatalf("%+v", end)
	}
	var sizes []int
	for _, g := range server.Got() {
		var all []alertmanager.Alert
		if err := json.Unmarshal(g.Body, &all); err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, len(all))
	}
	if !slices.Equal(sizes, []int{256, 256, 88}) {
		t.Errorf("batches of %v", sizes)
	}
	server.Fail(requesttest.Status(200, ""))
	server.Fail(requesttest.Status(503, ""))
	if end := send(t, settings(server.URL), d); end.Outcome != notifier.Unknown {
		t.Errorf("a part was taken: %+v", end)
	}
}

// Each Alertmanager is told, and one that took it is enough.
func TestSeveral(t *testing.T) {
	fault := func(f http.HandlerFunc) []http.HandlerFunc { return []http.HandlerFunc{f} }
	for _, c := range []struct {
		why         string
		first, next []http.HandlerFunc
		want        notifier.Outcome
		after       time.Duration
		error       string
	}{
		{"both take it", nil, nil, notifier.Delivered, 0, ""},
		{"the first hangs", fault(requesttest.Hang), nil, notifier.Delivered, 0, "deadline"},
		{"the second is down", nil, fault(requesttest.Status(503, "")), notifier.Delivered, 0, "503"},
		{"one may have taken it", fault(requesttest.Hang), fault(requesttest.Status(500, "")), notifier.Unknown, 0, "500"},
		{"both are for later", fault(requesttest.Limited("9", "")), fault(requesttest.Status(400, `"bad"`)), notifier.Refused, 9 * time.Second, "bad"},
		{"both never will", fault(requesttest.Status(404, "")), fault(requesttest.Status(400, "")), notifier.Rejected, 0, "404"},
	} {
		t.Run(c.why, func(t *testing.T) {
			first, next := requesttest.New(t, "alertmanager"), requesttest.New(t, "alertmanager")
			for _, f := range c.first {
				first.Fail(f)
			}
			for _, f := range c.next {
				next.Fail(f)
			}
			s := settings(first.URL, strings.Replace(next.URL, "http://", "http://u:very-secret@", 1)+"/am")
			s.Timeout = time.Second
			end := send(t, s, messagetest.Cases()[0].Delivery)
			if end.Outcome != c.want || end.RetryAfter != c.after || !strings.Contains(end.Error, c.error) || (end.Error == "") != (c.error == "") {
				t.Errorf("%+v", end)
			}
			if strings.Contains(end.Error, "very-secret") {
				t.Errorf("a secret is in %q", end.Error)
			}
			if len(first.Got()) != 1 || len(next.Got()) != 1 {
				t.Errorf("%d and %d requests", len(first.Got()), len(next.Got()))
			}
		})
	}
}

// To Alertmanager an alert of another severity is another alert: the one of the
// level before ends. A severity that the level does not decide changes nothing.
func TestLevelChanges(t *testing.T) {
	for _, c := range []struct {
		why, severity string
		was, is       rules.Level
		news          notifier.News
		want          string
	}{
		{"raised", "critical", rules.Warn, rules.Error, notifier.Raised, "warning 0s, critical 4m0s"},
		{"lowered", "warning", rules.Error, rules.Warn, notifier.Lowered, "critical 0s, warning 4m0s"},
		{"raised before", "critical", rules.Error, rules.Error, notifier.Same, "critical 4m0s"},
		{"new", "critical", rules.OK, rules.Error, notifier.New, "critical 4m0s"},
		{"a severity of the rule's own", "page", rules.Warn, rules.Error, notifier.Raised, "page 4m0s"},
	} {
		d := messagetest.Cases()[0].Delivery
		e := d.Firing[0]
		e.Alert.Notify, e.Was, e.News = c.is, c.was, c.news
		e.Labels = labels.NewBuilder(e.Labels).Set("severity", c.severity).Labels()
		d.Firing = []notifier.Entry{e}
		var got []string
		for _, a := range alertmanager.Alerts(messagetest.Maker(t).Make(t.Context(), d, 0), 4*time.Minute, settings("x").Severity) {
			got = append(got, a.Labels["severity"]+" "+a.EndsAt.Sub(d.At.Time()).String())
		}
		if s := strings.Join(got, ", "); s != c.want {
			t.Errorf("%s: %s", c.why, s)
		}
	}
}
