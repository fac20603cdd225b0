package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/rogpeppe/go-internal/txtar"

	"tocsin/e2e/prom"
	"tocsin/evaluator/promlocal"
)

// A knownSeries is one of the week that online checks look at; ago is in minutes.
type knownSeries struct {
	labels []string
	at     func(ago int) (float64, bool)
}

const knownMinutes = 8 * 24 * 60

func always(value func(ago int) float64) func(int) (float64, bool) {
	return func(ago int) (float64, bool) { return value(ago), true }
}

func until(end int, value float64) func(int) (float64, bool) {
	return func(ago int) (float64, bool) { return value, ago >= end }
}

func knownWeek() []knownSeries {
	wave := func(low, high float64) func(int) float64 {
		return func(ago int) float64 { return low + (high-low)*(1+math.Sin(float64(ago)/200))/2 }
	}
	all := []knownSeries{
		{[]string{"__name__", "http_requests_total", "job", "api", "code", "200"}, always(func(ago int) float64 { return float64(100 * (knownMinutes - ago)) })},
		{[]string{"__name__", "http_requests_total", "job", "api", "code", "500"}, always(func(ago int) float64 { return float64(knownMinutes - ago) })},
		{[]string{"__name__", "latency_seconds", "job", "api", "route", "/a"}, always(wave(0.1, 0.3))},
		{[]string{"__name__", "latency_seconds", "job", "api", "route", "/b"}, always(wave(0.15, 0.6))},
		{[]string{"__name__", "latency_seconds", "job", "api", "route", "/old"}, until(2*24*60, 0.1)},
		{[]string{"__name__", "queue_depth", "job", "worker", "queue", "mail"}, always(wave(120, 180))},
		{[]string{"__name__", "queue_depth", "job", "worker", "queue", "sms"}, always(wave(0, 20))},
		{[]string{"__name__", "old_metric", "job", "api"}, until(3*24*60, 1)},
		{[]string{"__name__", "short_metric", "job", "api"}, until(60, 1)},
		{[]string{"__name__", "up", "job", "api", "instance", "x"}, always(func(int) float64 { return 1 })},
		{[]string{"__name__", "up", "job", "db", "instance", "y"}, always(func(int) float64 { return 0 })},
		{[]string{"__name__", "hostile", "name", "\x1b[31mred\x1b]0;title\a\n::error::x%0A"}, always(func(int) float64 { return 1 })},
	}
	for i := range 12 {
		all = append(all, knownSeries{[]string{"__name__", "many", "i", fmt.Sprint(i)}, always(func(int) float64 { return 5 })})
	}
	return all
}

// newKnown serves the week that ends now.
func newKnown(t testing.TB) http.Handler {
	t.Helper()
	source, now := promlocal.New(promlocal.Options{}), time.Now().Truncate(time.Minute)
	var samples []promlocal.Sample
	for _, s := range knownWeek() {
		ls := labels.FromStrings(s.labels...)
		s.each(now, func(at time.Time, v float64) {
			samples = append(samples, promlocal.Sample{Labels: ls, At: model.TimeFromUnixNano(at.UnixNano()), Value: v})
		})
	}
	if err := source.Append(samples...); err != nil {
		t.Fatal(err)
	}
	return source.Handler(time.Now)
}

// each tells the samples that a series has up to an instant.
func (s knownSeries) each(now time.Time, tell func(at time.Time, v float64)) {
	for ago := knownMinutes; ago >= 0; ago-- {
		if v, ok := s.at(ago); ok {
			tell(now.Add(-time.Duration(ago)*time.Minute), v)
		}
	}
}

// knownMetrics writes the week as OpenMetrics, but for what that cannot hold.
func knownMetrics(now time.Time) []byte {
	var out bytes.Buffer
	metric := ""
	for _, s := range knownWeek() {
		ls := labels.FromStrings(s.labels...)
		if ls.Get("name") != "" {
			continue
		}
		if s.labels[1] != metric {
			metric = s.labels[1]
			fmt.Fprintf(&out, "# TYPE %s gauge\n", metric)
		}
		name := metric + strings.ReplaceAll(ls.DropReserved(func(n string) bool { return n == model.MetricNameLabel }).String(), ", ", ",")
		s.each(now, func(at time.Time, v float64) { fmt.Fprintf(&out, "%s %v %d\n", name, v, at.Unix()) })
	}
	out.WriteString("# EOF\n")
	return out.Bytes()
}

func served(t testing.TB, h http.Handler) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

// A fence stands before a source and lets questions through, or not.
type fence struct {
	next http.Handler
	bad  func(asked string) (http.HandlerFunc, bool)
}

func (f fence) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	asked := r.FormValue("query") + r.FormValue("match[]")
	if h, bad := f.bad(asked); bad {
		h(w, r)
		return
	}
	f.next.ServeHTTP(w, r)
}

func broken(w http.ResponseWriter, _ *http.Request) {
	http.Error(w, "<title>bad gateway</title>", http.StatusBadGateway)
}

func hang(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// TestCheckOnline runs the scripts of testdata/online against the week above: $PAST;
// $DOWN is nobody, $DIES breaks at the first question about latency_seconds and for ever,
// $PICKY for each such question, $HANGS never answers it, $HUGE answers it with a gigabyte.
func TestCheckOnline(t *testing.T) {
	t.Parallel()
	known := newKnown(t)
	about := func(do http.HandlerFunc) func(string) (http.HandlerFunc, bool) {
		return func(asked string) (http.HandlerFunc, bool) { return do, strings.Contains(asked, "latency_seconds") }
	}
	var dead atomic.Bool
	env := map[string]string{
		"PAST":   served(t, known),
		"DOWN":   "http://127.0.0.1:1",
		"BROKEN": served(t, http.HandlerFunc(broken)),
		"DIES": served(t, fence{known, func(asked string) (http.HandlerFunc, bool) {
			if strings.Contains(asked, "latency_seconds") {
				dead.Store(true)
			}
			return broken, dead.Load()
		}}),
		"PICKY": served(t, fence{known, about(broken)}),
		"HANGS": served(t, fence{known, about(hang)}),
		"HUGE":  served(t, fence{known, about(huge)}),
	}
	t.Run("scripts", func(t *testing.T) {
		testscript.Run(t, testscript.Params{
			Dir: "../testdata/online", RequireExplicitExec: true, RequireUniqueNames: true, UpdateScripts: *update,
			Deadline: time.Now().Add(2 * time.Minute), // of what hangs
			Setup: func(e *testscript.Env) error {
				e.Setenv("PATH", filepath.Dir(binary)+string(os.PathListSeparator)+e.Getenv("PATH"))
				for name, value := range env {
					e.Setenv(name, value)
				}
				return nil
			},
			Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
		})
	})
}

// huge answers for as long as anybody listens.
func huge(w http.ResponseWriter, _ *http.Request) {
	_, _ = w.Write([]byte(`{"status":"success","data":{"resultType":"vector","result":[`))
	part := []byte(strings.Repeat(`{"metric":{"a":"b"},"value":[1,"1"]},`, 1000))
	for {
		if _, err := w.Write(part); err != nil {
			return
		}
	}
}

// A real Prometheus that holds the same week is told the same of the same rules, but for
// its own words.
func TestCheckOnlineReal(t *testing.T) {
	t.Parallel()
	archive, err := txtar.ParseFile("../testdata/online/check_online.txtar")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, f := range archive.Files {
		if err := os.WriteFile(filepath.Join(dir, f.Name), f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	server := prom.StartPast(t, knownMetrics(time.Now().Truncate(time.Minute)))
	got, want := onlineReport(t, dir, server.URL), onlineReport(t, dir, served(t, newKnown(t)))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("from memory (-) and from Prometheus (+):\n%s", diff)
	}
	if len(got) < 15 {
		t.Errorf("%d problems: %q", len(got), got)
	}
}

// onlineReport returns what the check finds in a folder.
func onlineReport(t *testing.T, dir, url string) (all []string) {
	t.Helper()
	cmd := exec.Command(binary, "check", "--online", "--prometheus.url", url, "--report", "json", "bad.yaml", "gone.yaml")
	cmd.Dir = dir
	out, err := cmd.Output()
	if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Fatalf("%v: %s", err, out)
	}
	var report struct {
		Problems []struct {
			File, Code, Text, Hint string
			Line, Column           int
		}
		Incomplete []string
	}
	if err := json.Unmarshal(out, &report); err != nil {
		t.Fatal(err)
	}
	if report.Incomplete != nil {
		t.Fatal(report.Incomplete)
	}
	for _, p := range report.Problems {
		text := p.Text
		if p.Code == "T501" || p.Code == "T520" { // the source's own words
			text, _, _ = strings.Cut(text, ":")
		}
		all = append(all, fmt.Sprintf("%s:%d:%d %s %s / %s", p.File, p.Line, p.Column, p.Code, text, p.Hint))
	}
	return all
}
