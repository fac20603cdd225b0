package promapi

import (
	"compress/gzip"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tocsin/engine"
	"tocsin/evaluator"
)

// serve starts a server on loopback for the length of a test.
func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv.URL
}

// says is a server that gives one answer to everything.
func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

// hang is a server that never answers. It reads the form, for only then does a
// server of Go's notice that the client has gone.
func hang(_ http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	<-r.Context().Done()
}

func source(t *testing.T, o Options) *Source {
	t.Helper()
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// show writes an answer as one line for tables.
func show(a evaluator.Answer) string {
	out := []string{outcomeName(a.Outcome)}
	for _, s := range a.Samples {
		ls, err := a.Parse(s.Raw)
		if err != nil {
			return err.Error()
		}
		out = append(out, fmt.Sprintf("%s=%v", ls, s.Value))
	}
	if a.Error != "" {
		out = append(out, a.Error)
	}
	return strings.Join(out, " ")
}

func outcomeName(o evaluator.Outcome) string {
	return []string{"good", "partial", "bad query", "execution", "unavailable"}[o]
}

// vectorOf wraps samples as Prometheus does.
func vectorOf(samples string) string {
	return `{"status":"success","data":{"resultType":"vector","result":[` + samples + `]}}`
}

const (
	one   = `{"metric":{"__name__":"up","job":"api"},"value":[1700000000.123,"1"]}`
	histo = `{"metric":{"job":"web"},"histogram":[1700000000,{"count":"1","sum":"2","buckets":[[0,"1","2","1"]]}]}`
)

func TestOutcomes(t *testing.T) {
	rows := []struct {
		says   string
		status int
		body   string
		want   string
	}{
		{"a vector is good", 200, vectorOf(one), `good {__name__="up", job="api"}=1`},
		{"an empty vector is good and empty", 200, vectorOf(``), `good`},
		{"a series may have no labels", 200, vectorOf(`{"metric":{},"value":[1,"0.25"]}`), `good {}=0.25`},
		{"NaN and infinities are values", 200, vectorOf(`{"metric":{"a":"1"},"value":[1,"NaN"]},{"metric":{"a":"2"},"value":[1,"+Inf"]},{"metric":{"a":"3"},"value":[1,"-Inf"]}`), `good {a="1"}=NaN {a="2"}=+Inf {a="3"}=-Inf`},
		{"values may be written with exponents", 200, vectorOf(`{"metric":{"a":"1"},"value":[1,"1.5e-7"]},{"metric":{"a":"2"},"value":[1,"-1e+21"]}`), `good {a="1"}=1.5e-07 {a="2"}=-1e+21`},
		{"braces and quotes may be in labels", 200, vectorOf(`{"metric":{"a":"}],\"value\":[1,\"2\"]}"},"value":[1,"3"]}`), `good {a="}],\"value\":[1,\"2\"]}"}=3`},
		{"a scalar is one sample without labels", 200, `{"status":"success","data":{"resultType":"scalar","result":[1700000000,"42"]}}`, `good {}=42`},
		{"other spacing and order say the same", 200, `{ "data": {"result": [{"value": [1, "2"], "metric": {"b": "\u00e9", "a": "x"}}], "resultType": "vector"}, "status": "success" }`, `good {a="x", b="é"}=2`},
		{"VictoriaMetrics adds keys", 200, `{"status":"success","isPartial":false,"data":{"resultType":"vector","result":[` + one + `]},"stats":{"seriesFetched":"1"}}`, `good {__name__="up", job="api"}=1`},
		{"stats inside of the data change nothing", 200, `{"status":"success","data":{"resultType":"vector","result":[` + one + `],"stats":{"timings":{}}}}`, `good {__name__="up", job="api"}=1`},

		{"a warning of the storage makes it partial", 200, strings.TrimSuffix(vectorOf(one), "}") + `,"warnings":["store-2 is down"]}`, `partial {__name__="up", job="api"}=1 store-2 is down`},
		{"a partial answer may be empty", 200, strings.TrimSuffix(vectorOf(``), "}") + `,"warnings":["store-2 is down","store-3 too"]}`, `partial store-2 is down; store-3 too`},
		{"isPartial makes it partial", 200, `{"status":"success","isPartial":true,"data":{"resultType":"vector","result":[` + one + `]}}`, `partial {__name__="up", job="api"}=1 the source calls its answer partial`},
		{"PromQL's own remarks don't", 200, strings.TrimSuffix(vectorOf(one), "}") + `,"warnings":["PromQL warning: quantile value should be between 0 and 1"],"infos":["PromQL info: metric might not be a counter"]}`, `good {__name__="up", job="api"}=1`},
		{"nor does PromQL info among the warnings, as older servers put it", 200, strings.TrimSuffix(vectorOf(one), "}") + `,"warnings":["PromQL info: metric might not be a counter"]}`, `good {__name__="up", job="api"}=1`},
		{"of both kinds only the storage's counts", 200, strings.TrimSuffix(vectorOf(one), "}") + `,"warnings":["PromQL warning: x","store-2 is down"]}`, `partial {__name__="up", job="api"}=1 store-2 is down`},
		{"a native histogram among numbers is missing", 200, vectorOf(histo + "," + one), `partial {__name__="up", job="api"}=1 1 of the series are native histograms, which have no value`},

		{"nothing but native histograms is a wrong query", 200, vectorOf(histo), `bad query the expression returns native histograms; an alert needs numbers, as histogram_quantile gives`},
		{"a range vector is a wrong query", 200, `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1,"2"]]}]}}`, `bad query the expression returns a range vector; an alert needs one value per series`},
		{"a string is a wrong query", 200, `{"status":"success","data":{"resultType":"string","result":[1,"x"]}}`, `bad query the expression returns a string; an alert needs numbers`},
		{"bad_data is a wrong query", 400, `{"status":"error","errorType":"bad_data","error":"invalid parameter \"query\": 1:4: parse error"}`, `bad query invalid parameter "query": 1:4: parse error`},
		{"so it is with the status of VictoriaMetrics", 400, `{"status":"error","errorType":"400","error":"cannot parse"}`, `bad query cannot parse`},
		{"so it is under a 200", 200, `{"status":"error","errorType":"bad_data","error":"parse error"}`, `bad query parse error`},

		{"execution failed in the engine", 422, `{"status":"error","errorType":"execution","error":"many-to-many matching not allowed"}`, `execution many-to-many matching not allowed`},
		{"a timeout in the engine comes as 503", 503, `{"status":"error","errorType":"timeout","error":"query timed out in expression evaluation"}`, `execution query timed out in expression evaluation`},
		{"a canceled query does too", 503, `{"status":"error","errorType":"canceled","error":"query was canceled"}`, `execution query was canceled`},
		{"or as 499", 499, `{"status":"error","errorType":"canceled","error":"query was canceled"}`, `execution query was canceled`},
		{"VictoriaMetrics' 422 is execution", 422, `{"status":"error","errorType":"422","error":"too many points"}`, `execution too many points`},
		{"an error without a text still is one", 422, `{"status":"error","errorType":"execution"}`, `execution an error without a text`},

		{"internal errors are the source's", 500, `{"status":"error","errorType":"internal","error":"tsdb is closed"}`, `unavailable URL: 500 Internal Server Error: {"status":"error","errorType":"internal","error":"tsdb is closed"}`},
		{"unknown types of error are the source's", 503, `{"status":"error","errorType":"unavailable","error":"starting"}`, `unavailable URL: 503 Service Unavailable: unavailable: starting`},
		{"401 says nothing of the query", 401, `{"status":"error","errorType":"bad_data","error":"no org id"}`, `unavailable URL: 401 Unauthorized: {"status":"error","errorType":"bad_data","error":"no org id"}`},
		{"nor does 403", 403, `no`, `unavailable URL: 403 Forbidden: no`},
		{"nor 404", 404, "404 page not found\n", `unavailable URL: 404 Not Found: 404 page not found`},
		{"nor 429", 429, ``, `unavailable URL: 429 Too Many Requests`},
		{"nor a 400 that isn't Prometheus'", 400, `<html><head><TITLE>400 Bad &amp; Request</title></head>`, `unavailable URL: 400 Bad Request: 400 Bad & Request`},
		{"a page of HTML under a 200 is no answer", 200, "<!doctype html><html><head>\n<title>Sign in</title></head><body>…", `unavailable URL: the answer is not one of Prometheus' (invalid character '<' looking for beginning of value): Sign in`},
		{"no more is an empty body", 200, ``, `unavailable URL: the answer is empty`},
		{"or other JSON", 200, `{"hello":"world"}`, `unavailable URL: the answer is not one of Prometheus' (status is ""): {"hello":"world"}`},
		{"or JSON that is cut off", 200, vectorOf(one)[:60], `unavailable URL: the answer is not one of Prometheus' (unexpected end of JSON input): {"status":"success","data":{"resultType":"vector","result":[`},
		{"or a value that is no number", 200, vectorOf(`{"metric":{},"value":[1,"x"]}`), `unavailable URL: the answer is not one of Prometheus' (strconv.ParseFloat: parsing "x": invalid syntax): {"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"x"]}]}}`},
		{"or a sample without value", 200, vectorOf(`{"metric":{}}`), `unavailable URL: the answer is not one of Prometheus' (a sample has neither value nor histogram): {"status":"success","data":{"resultType":"vector","result":[{"metric":{}}]}}`},
		{"or a type of result that nobody knows", 200, `{"status":"success","data":{"resultType":"streams","result":[]}}`, `unavailable URL: the answer is of an unknown type, "streams"`},
	}
	for _, r := range rows {
		t.Run(r.says, func(t *testing.T) {
			url := serve(t, says(r.status, r.body))
			got := show(source(t, Options{URLs: []string{url}}).Ask(t.Context(), engine.Ask{Expr: "up"}))
			if got = strings.ReplaceAll(got, url, "URL"); got != r.want {
				t.Errorf("\n got %s\nwant %s", got, r.want)
			}
		})
	}
}

func TestNobodyThere(t *testing.T) {
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	for _, url := range []string{closed.URL, "http://no-such-host.invalid:9090", "https://" + strings.TrimPrefix(closed.URL, "http://")} {
		got := source(t, Options{URLs: []string{url}, Timeout: time.Second}).Ask(t.Context(), engine.Ask{Expr: "up"})
		if got.Outcome != evaluator.Unavailable || !strings.HasPrefix(got.Error, url+": ") || len(got.Samples) > 0 {
			t.Errorf("%s: %s", url, show(got))
		}
	}
}

func TestHungServerIsUnavailableInTime(t *testing.T) {
	url := serve(t, hang)
	got := source(t, Options{URLs: []string{url}, Timeout: 30 * time.Millisecond}).Ask(t.Context(), engine.Ask{Expr: "up"})
	if want := "unavailable " + url + ": no answer in time"; show(got) != want {
		t.Errorf("got %s, want %s", show(got), want)
	}
}

func TestCutConnectionIsUnavailable(t *testing.T) {
	body := vectorOf(one)
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(body)+1))
		_, _ = w.Write([]byte(body))
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})
	got := source(t, Options{URLs: []string{url}}).Ask(t.Context(), engine.Ask{Expr: "up"})
	if got.Outcome != evaluator.Unavailable || !strings.Contains(got.Error, "broke off after") {
		t.Error(show(got))
	}
}

func TestF40LargeAnswersAreRefusedUnread(t *testing.T) {
	row := strings.Repeat(one+",", 100)
	endless := func(w http.ResponseWriter) {
		_, _ = w.Write([]byte(`{"status":"success","data":{"resultType":"vector","result":[`))
	}
	for name, h := range map[string]http.HandlerFunc{
		"plain": func(w http.ResponseWriter, _ *http.Request) {
			endless(w)
			for range 1000 {
				if _, err := w.Write([]byte(row)); err != nil {
					return
				}
			}
		},
		"packed": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			for range 1000 {
				_, _ = z.Write([]byte(row))
			}
			_ = z.Close()
		},
	} {
		url := serve(t, h)
		got := source(t, Options{URLs: []string{url}, MaxBytes: 1 << 20}).Ask(t.Context(), engine.Ask{Expr: "up"})
		want := "unavailable " + url + ": the answer is larger than 1048576 bytes, which is the limit"
		if show(got) != want {
			t.Errorf("%s: got %s, want %s", name, show(got), want)
		}
	}
}

func TestAnswerOfExactlyTheLimitIsRead(t *testing.T) {
	body := vectorOf(one)
	url := serve(t, says(200, body))
	for limit, want := range map[int]evaluator.Outcome{len(body): evaluator.Good, len(body) - 1: evaluator.Unavailable} {
		s := source(t, Options{URLs: []string{url}, MaxBytes: int64(limit)})
		if got := s.Ask(t.Context(), engine.Ask{Expr: "up"}); got.Outcome != want {
			t.Errorf("limit %d of %d: %s", limit, len(body), show(got))
		}
	}
}
