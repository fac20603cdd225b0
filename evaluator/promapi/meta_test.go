package promapi

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/prometheus/common/config"
	"github.com/prometheus/common/model"

	"tocsin/engine"
	"tocsin/evaluator"
)

func TestMetaRequests(t *testing.T) {
	var got []string
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		q, _ := url.QueryUnescape(r.URL.RawQuery)
		got = append(got, r.Method+" "+r.URL.Path+" "+q)
		says(200, `{"status":"success","data":["b","a"]}`)(w, r)
	})
	s := source(t, Options{URLs: []string{base + "/p?tenant=1"}})
	for _, c := range []struct {
		ask  MetaAsk
		want string
	}{
		{MetaAsk{From: 1000, Until: 2500}, "GET /p/api/v1/labels tenant=1&end=2.500&start=1.000"},
		{MetaAsk{Label: "job", Match: `up{a="b"}`, Until: model.Time(1000)}, `GET /p/api/v1/label/job/values tenant=1&end=1.000&match[]=up{a="b"}&start=0.000`},
		{MetaAsk{Label: "__name__"}, `GET /p/api/v1/label/__name__/values tenant=1&end=0.000&start=0.000`},
		{MetaAsk{Label: "../../x/a b"}, `GET /p/api/v1/label/U___2e__2e__2f__2e__2e__2f_x_2f_a_20_b/values tenant=1&end=0.000&start=0.000`},
	} {
		got = nil
		words, err := s.Words(t.Context(), c.ask)
		if err != nil || strings.Join(words, " ") != "a b" || len(got) != 1 || got[0] != c.want {
			t.Errorf("%+v: %v %v\n got %q\nwant %q", c.ask, words, err, got, c.want)
		}
	}
}

// An answer that is none is an error, and a part of one is said to be that.
func TestMetaOutcomes(t *testing.T) {
	for _, c := range []struct {
		why     string
		h       http.HandlerFunc
		outcome evaluator.Outcome
		text    string
	}{
		{"what is wrong is an answer", says(400, `{"status":"error","errorType":"bad_data","error":"no such label"}`), evaluator.BadQuery, "no such label"},
		{"an error with a 200", says(200, `{"status":"error","errorType":"execution","error":"too much"}`), evaluator.Execution, "too much"},
		{"another program", says(200, `<title>Login</title>`), evaluator.Unavailable, "Login"},
		{"nothing", says(200, ``), evaluator.Unavailable, "empty"},
		{"another shape", says(200, `{"status":"success","data":{"a":1}}`), evaluator.Unavailable, "not one of Prometheus'"},
		{"null", says(200, `null`), evaluator.Unavailable, ""},
		{"not found", says(404, `404 page not found`), evaluator.Unavailable, "404 Not Found"},
		{"a limit of the server", says(200, `{"status":"success","data":["a"],"warnings":["results truncated due to limit"]}`), evaluator.Partial, "truncated"},
		{"partial", says(200, `{"status":"success","isPartial":true,"data":["a"]}`), evaluator.Partial, "partial"},
		{"too large", says(200, `{"status":"success","data":["`+strings.Repeat("a", 5000)+`"]}`), evaluator.Unavailable, "larger than 4096 bytes"},
		{"the question is lost on the way", func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/login" {
				says(200, `{"status":"success","data":["a"]}`)(w, r)
				return
			}
			http.Redirect(w, r, "/login", http.StatusFound)
		}, evaluator.Unavailable, "loses the question"},
	} {
		s := source(t, Options{URLs: []string{serve(t, c.h)}, MaxBytes: 4096})
		words, err := s.Words(t.Context(), MetaAsk{Label: "a", Match: "up"})
		f, ok := errors.AsType[*engine.RangeError](err)
		if !ok || f.Outcome != c.outcome || !strings.Contains(f.Text, c.text) || (words != nil) != (c.outcome == evaluator.Partial) {
			t.Errorf("%s: %v %v", c.why, words, err)
		}
	}
}

func TestVersion(t *testing.T) {
	for _, c := range []struct{ body, want string }{
		{`{"status":"success","data":{"version":"2.42.0","revision":"x"}}`, "2.42.0"},
		{`{"status":"success","data":{"version":"\u001b[31m3.0.0"}}`, "[31m3.0.0"},
		{`{"status":"success","data":{}}`, ""},
	} {
		s := source(t, Options{URLs: []string{serve(t, says(200, c.body))}})
		if got, err := s.Version(t.Context()); err != nil || strings.TrimSpace(got) != c.want {
			t.Errorf("%s: %q %v", c.body, got, err)
		}
	}
	s := source(t, Options{URLs: []string{serve(t, says(404, ""))}})
	if got, err := s.Version(t.Context()); err == nil {
		t.Errorf("%q", got)
	}
}

// Of two servers the second is asked where the first is down, and a secret that one of
// them echoes is in no error.
func TestMetaFailover(t *testing.T) {
	good := serve(t, says(200, `{"status":"success","data":["a"]}`))
	s := source(t, Options{URLs: []string{serve(t, says(502, "")), good}})
	if words, err := s.Words(t.Context(), MetaAsk{}); err != nil || len(words) != 1 {
		t.Errorf("%v %v", words, err)
	}
	echo := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, r.Header.Get("Authorization"), http.StatusForbidden)
	})
	s = source(t, Options{URLs: []string{echo}, HTTP: &config.HTTPClientConfig{
		Authorization: &config.Authorization{Type: "Bearer", Credentials: "s3cret"},
	}})
	if _, err := s.Words(t.Context(), MetaAsk{}); err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("%v", err)
	}
}
