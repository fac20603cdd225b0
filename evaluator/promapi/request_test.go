package promapi

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/engine"
	"tocsin/evaluator"
)

// A log is what a server was asked.
type log struct {
	mu    sync.Mutex
	lines []string
}

func (l *log) add(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, line)
}

// take returns the lines since the last call.
func (l *log) take() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer func() { l.lines = nil }()
	return l.lines
}

// methods serves h and logs the method of each request.
func (l *log) methods(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		l.add(r.Method)
		h(w, r)
	}
}

func TestRequest(t *testing.T) {
	var got *http.Request
	var form url.Values
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		form = url.Values{}
		if err := r.ParseForm(); err == nil {
			form = r.PostForm
		}
		got = r
		says(200, vectorOf(one))(w, r)
	})
	s := source(t, Options{URLs: []string{base + "/prometheus/?dedup=true"}, UserAgent: "tocsin/1", Timeout: 20 * time.Second})
	answer := s.Ask(t.Context(), engine.Ask{Expr: `up{job="api"} > 0`, At: model.Time(1_700_000_000_007)})
	if answer.Outcome != evaluator.Good {
		t.Fatal(show(answer))
	}
	for what, pair := range map[string][2]string{
		"method":     {got.Method, "POST"},
		"path":       {got.URL.String(), "/prometheus/api/v1/query?dedup=true"},
		"query":      {form.Get("query"), `up{job="api"} > 0`},
		"time":       {form.Get("time"), "1700000000.007"},
		"user agent": {got.UserAgent(), "tocsin/1"},
		"encoding":   {got.Header.Get("Accept-Encoding"), "gzip"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: got %q, want %q", what, pair[0], pair[1])
		}
	}
	if d, err := model.ParseDuration(form.Get("timeout")); err != nil || d > model.Duration(19*time.Second) || d < model.Duration(15*time.Second) {
		t.Errorf("the server is told a timeout of %q of our 20s (%v)", form.Get("timeout"), err)
	}
}

func TestEarlierDeadlineOfTheContextCounts(t *testing.T) {
	var timeout string
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		timeout = r.FormValue("timeout")
		says(200, vectorOf(one))(w, r)
	})
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	source(t, Options{URLs: []string{base}, Timeout: time.Hour}).Ask(ctx, engine.Ask{Expr: "up"})
	if d, err := model.ParseDuration(timeout); err != nil || d > model.Duration(5*time.Second) {
		t.Errorf("timeout %q (%v)", timeout, err)
	}
}

func TestGzip(t *testing.T) {
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		defer z.Close()
		fmt.Fprint(z, vectorOf(`{"metric":{"n":"`+r.FormValue("query")+`"},"value":[1,"2"]}`))
	})
	s := source(t, Options{URLs: []string{base}})
	for i := range 3 { // the readers are used again
		if got, want := show(s.Ask(t.Context(), engine.Ask{Expr: fmt.Sprint(i)})), fmt.Sprintf(`good {n="%d"}=2`, i); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestWrongEncodingIsUnavailable(t *testing.T) {
	for encoding, want := range map[string]string{"gzip": "not gzip as it says", "br": `encoding "br"`} {
		base := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", encoding)
			says(200, vectorOf(one))(w, r)
		})
		got := source(t, Options{URLs: []string{base}}).Ask(t.Context(), engine.Ask{Expr: "up"})
		if got.Outcome != evaluator.Unavailable || !strings.Contains(got.Error, want) {
			t.Errorf("%s: %s", encoding, show(got))
		}
	}
}

func TestGETWherePOSTIsRefused(t *testing.T) {
	for _, status := range []int{403, 405, 501} {
		var l log
		base := serve(t, l.methods(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost {
				says(status, "no POST here")(w, r)
				return
			}
			says(200, vectorOf(`{"metric":{"q":"`+r.FormValue("query")+`","x":"`+r.FormValue("x")+`"},"value":[1,"2"]}`))(w, r)
		}))
		s := source(t, Options{URLs: []string{base + "?x=1"}})
		for range 2 {
			if got, want := show(s.Ask(t.Context(), engine.Ask{Expr: "a+b"})), `good {q="a+b", x="1"}=2`; got != want {
				t.Errorf("%d: got %s, want %s", status, got, want)
			}
		}
		if got, want := l.take(), []string{"POST", "GET", "GET"}; !slices.Equal(got, want) {
			t.Errorf("%d: asked %v, want %v: POST is not tried again", status, got, want)
		}
	}
}

func TestForbiddenIsNotTakenForRefusedPOST(t *testing.T) {
	var l log
	base := serve(t, l.methods(says(403, "who are you")))
	s := source(t, Options{URLs: []string{base}})
	for range 2 {
		if got, want := show(s.Ask(t.Context(), engine.Ask{Expr: "up"})), "unavailable "+base+": 403 Forbidden: who are you"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if got, want := l.take(), []string{"POST", "GET", "POST", "GET"}; !slices.Equal(got, want) {
		t.Errorf("asked %v, want %v", got, want)
	}
}

func TestRedirects(t *testing.T) {
	target := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("query") == "" {
			says(400, `{"status":"error","errorType":"bad_data","error":"no expression found in input"}`)(w, r)
			return
		}
		says(200, vectorOf(`{"metric":{"by":"`+r.Method+`"},"value":[1,"2"]}`))(w, r)
	})
	rows := []struct {
		says   string
		status int
		keep   bool // the redirect keeps the parameters
		want   string
	}{
		{"a 307 keeps the POST", 307, true, `good {by="POST"}=2`},
		{"a 301 would lose the form, so the question is asked as a GET", 301, true, `good {by="GET"}=2`},
		{"so it is with a 302", 302, true, `good {by="GET"}=2`},
		{"a redirect that loses the query is never a wrong query", 302, false, `unavailable FROM: redirects to TARGET/x and loses the query on the way`},
	}
	for _, r := range rows {
		t.Run(r.says, func(t *testing.T) {
			from := serve(t, func(w http.ResponseWriter, req *http.Request) {
				to := target + "/x"
				if r.keep {
					to += "?" + req.URL.RawQuery
				}
				http.Redirect(w, req, to, r.status)
			})
			got := show(source(t, Options{URLs: []string{from}}).Ask(t.Context(), engine.Ask{Expr: "up"}))
			got = strings.NewReplacer(from, "FROM", target, "TARGET").Replace(got)
			if got != r.want {
				t.Errorf("got %s, want %s", got, r.want)
			}
		})
	}
}

func TestRange(t *testing.T) {
	bodies := map[string]string{
		"fast": `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"a":"1"},"values":[[1700000000.5,"1"],[1700000060.25,"NaN"]]},{"metric":{},"values":[[1700000000,"-3"]]}]}}`,
		"slow": `{"status":"success","data":{"resultType":"matrix","result":[{"values":[[1700000000.5,"1"], [1700000060.25,"NaN"]],"metric":{"a":"1"}},{"metric":{},"values":[[1700000000,"-3"]]}]}}`,
	}
	for name, body := range bodies {
		var form url.Values
		base := serve(t, func(w http.ResponseWriter, r *http.Request) {
			_ = r.ParseForm()
			form = r.PostForm
			says(200, body)(w, r)
		})
		m, err := source(t, Options{URLs: []string{base}}).Range(t.Context(), engine.RangeAsk{
			Expr: "up", From: 1_700_000_000_500, Until: 1_700_000_120_000, Step: 1500 * time.Millisecond,
		})
		if err != nil {
			t.Fatal(name, err)
		}
		got := fmt.Sprintf("%s %s %s %v", form.Get("start"), form.Get("end"), form.Get("step"), m.Series)
		want := `1700000000.500 1700000120.000 1.500 [{{"a":"1"} [1700000000.5 1700000060.25] [1 NaN]} {{} [1700000000] [-3]}]`
		if got != want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, want)
		}
	}
}

func TestRangeOutcomes(t *testing.T) {
	matrix := `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"a":"1"},"values":[[1,"1"]]}]}`
	rows := []struct {
		says   string
		status int
		body   string
		want   evaluator.Outcome
		series int
	}{
		{"a warning is an error with a matrix", 200, matrix + `,"warnings":["store-2 is down"]}`, evaluator.Partial, 1},
		{"a wrong query has none", 400, `{"status":"error","errorType":"bad_data","error":"parse error"}`, evaluator.BadQuery, 0},
		{"too many points at once is a wrong query as well", 400, `{"status":"error","errorType":"bad_data","error":"exceeded maximum resolution of 11,000 points per timeseries"}`, evaluator.BadQuery, 0},
		{"a failing query", 422, `{"status":"error","errorType":"execution","error":"no"}`, evaluator.Execution, 0},
		{"a source that is down", 502, `bad gateway`, evaluator.Unavailable, 0},
		{"an answer to another question", 200, vectorOf(one), evaluator.Unavailable, 0},
	}
	for _, r := range rows {
		base := serve(t, says(r.status, r.body))
		m, err := source(t, Options{URLs: []string{base}}).Range(t.Context(), engine.RangeAsk{Expr: "up", Step: time.Minute})
		got, ok := errors.AsType[*engine.RangeError](err)
		if !ok || got.Outcome != r.want || got.Text == "" || len(m.Series) != r.series {
			t.Errorf("%s: %v with %d series", r.says, err, len(m.Series))
		}
	}
}
