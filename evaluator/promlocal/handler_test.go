package promlocal

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"tocsin/engine"
	"tocsin/evaluator/promapi"
)

// served is a source behind its handler, at ten minutes past start.
func served(t *testing.T, text string) (*Source, string) {
	t.Helper()
	s := loaded(t, text)
	srv := httptest.NewServer(s.Handler(func() time.Time { return minute(10).Time() }))
	t.Cleanup(srv.Close)
	return s, srv.URL
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	r, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(b)
}

func TestHandler(t *testing.T) {
	_, base := served(t, `
		up{job="api"} 1x10
		up{job="web"} 0x10
		old{job="api"} 1 stale
	`)
	rows := []struct {
		says   string
		path   string
		status int
		want   string
	}{
		{"a vector", `/api/v1/query?query=up&time=1700000060`, 200, `{"status":"success","data":{"resultType":"vector","result":[{"metric":{"__name__":"up","job":"api"},"value":[1700000060,"1"]},{"metric":{"__name__":"up","job":"web"},"value":[1700000060,"0"]}]}}`},
		{"an empty vector is an empty list", `/api/v1/query?query=none`, 200, `{"status":"success","data":{"resultType":"vector","result":[]}}`},
		{"without a time it is now", `/api/v1/query?query=time()`, 200, `{"status":"success","data":{"resultType":"scalar","result":[1700000600,"1700000600"]}}`},
		{"times may be written out", `/api/v1/query?query=time()&time=2023-11-14T22:13:20.5Z`, 200, `{"status":"success","data":{"resultType":"scalar","result":[1700000000.5,"1700000000.5"]}}`},
		{"a string", `/api/v1/query?query="x"`, 200, `{"status":"success","data":{"resultType":"string","result":[1700000600,"x"]}}`},
		{"remarks of the engine are infos", `/api/v1/query?query=rate(up{job="api"}[5m])`, 200, `{"status":"success","data":{"resultType":"vector","result":[{"metric":{"job":"api"},"value":[1700000600,"0"]}]},"infos":["PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: \"up\" (1:6)"]}`},
		{"a wrong query", `/api/v1/query?query=up{`, 400, `{"status":"error","errorType":"bad_data","error":"invalid parameter \"query\": 1:4: parse error: unexpected end of input inside braces"}`},
		{"a wrong time", `/api/v1/query?query=up&time=noon`, 400, `{"status":"error","errorType":"bad_data","error":"invalid parameter \"time\": cannot parse \"noon\" to a valid timestamp"}`},
		{"a wrong timeout", `/api/v1/query?query=up&timeout=1ns`, 400, `{"status":"error","errorType":"bad_data","error":"invalid parameter \"timeout\": cannot parse \"1ns\" to a valid duration"}`},
		{"a query that fails", `/api/v1/query?query=up*on()group_left()up`, 422, `{"status":"error","errorType":"execution","error":"found duplicate series for the match group {} on the right hand-side of the operation: [{__name__=\"up\", job=\"api\"}, {__name__=\"up\", job=\"web\"}];many-to-many matching not allowed: matching labels must be unique on one side"}`},
		{"a timeout", `/api/v1/query?query=up&timeout=0.000000001`, 503, `{"status":"error","errorType":"timeout","error":"query timed out in query execution"}`},
		{"a range", `/api/v1/query_range?query=up{job="api"}&start=1700000000&end=1700000090&step=45s`, 200, `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":"up","job":"api"},"values":[[1700000000,"1"],[1700000045,"1"],[1700000090,"1"]]}]}}`},
		{"an empty range", `/api/v1/query_range?query=none&start=1700000000&end=1700000090&step=45s`, 200, `{"status":"success","data":{"resultType":"matrix","result":[]}}`},
		{"a range that runs backwards", `/api/v1/query_range?query=up&start=2&end=1&step=1`, 400, `{"status":"error","errorType":"bad_data","error":"invalid parameter \"end\": end timestamp must not be before start time"}`},
		{"a range without a step", `/api/v1/query_range?query=up&start=1&end=2&step=0`, 400, `{"status":"error","errorType":"bad_data","error":"invalid parameter \"step\": zero or negative query resolution step widths are not accepted. Try a positive integer"}`},
		{"a range without a start", `/api/v1/query_range?query=up&end=2&step=1`, 400, `{"status":"error","errorType":"bad_data","error":"invalid parameter \"start\": cannot parse \"\" to a valid timestamp"}`},
		{"a range with too many points", `/api/v1/query_range?query=up&start=0&end=11001&step=1`, 400, `{"status":"error","errorType":"bad_data","error":"exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)"}`},
		{"series", `/api/v1/series?match[]=up&match[]={job="api"}`, 200, `{"status":"success","data":[{"__name__":"old","job":"api"},{"__name__":"up","job":"api"},{"__name__":"up","job":"web"}]}`},
		{"series of a time", `/api/v1/series?match[]={job="api"}&start=1700000120`, 200, `{"status":"success","data":[{"__name__":"up","job":"api"}]}`},
		{"series of nothing", `/api/v1/series`, 400, `{"status":"error","errorType":"bad_data","error":"no match[] parameter provided"}`},
		{"series by a wrong selector", `/api/v1/series?match[]=up{`, 400, `{"status":"error","errorType":"bad_data","error":"invalid parameter \"match[]\": 1:4: parse error: unexpected end of input inside braces"}`},
		{"names of labels", `/api/v1/labels`, 200, `{"status":"success","data":["__name__","job"]}`},
		{"values of a label", `/api/v1/label/job/values`, 200, `{"status":"success","data":["api","web"]}`},
		{"values of a label of some series", `/api/v1/label/job/values?match[]=old`, 200, `{"status":"success","data":["api"]}`},
		{"values of no label", `/api/v1/label/none/values`, 200, `{"status":"success","data":[]}`},
		{"readiness", `/-/ready`, 200, "Prometheus Server is Ready.\n"},
		{"health", `/-/healthy`, 200, "Prometheus Server is Healthy.\n"},
		{"what isn't served", `/api/v1/targets`, 404, "404 page not found\n"},
	}
	for _, r := range rows {
		path, query, _ := strings.Cut(r.path, "?")
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		if status, body := get(t, base+path+"?"+values.Encode()); status != r.status || body != r.want {
			t.Errorf("%s: %s\n got %d %s\nwant %d %s", r.says, r.path, status, body, r.status, r.want)
		}
	}
}

// TestGraph follows a link to a graph; what is asked for is shown, never run.
func TestGraph(t *testing.T) {
	_, base := served(t, `up{job="api"} 1x10`)
	for expr, want := range map[string]string{
		`up > 0`:                     `<td>{__name__=&#34;up&#34;, job=&#34;api&#34;}</td><td>1</td>`,
		`up > 1`:                     `<p>No series.</p>`,
		`up{job="<script>alert(1)"}`: `<pre>up{job=&#34;&lt;script&gt;alert(1)&#34;}</pre>`,
		`"</pre><script>alert(1)`:    `&lt;/pre&gt;&lt;script&gt;alert(1)`,
	} {
		status, body := get(t, base+"/graph?g0.expr="+url.QueryEscape(expr)+"&g0.tab=0")
		if status != 200 || !strings.Contains(body, want) || strings.Contains(body, "<script") {
			t.Errorf("%s: %d %s", expr, status, body)
		}
	}
	for end, want := range map[string]string{"": "22:23:20", "2023-11-14 22:14:20": "22:14:20", "noon": "22:23:20"} {
		_, body := get(t, base+"/graph?g0.expr=time()&g0.end_input="+url.QueryEscape(end))
		if !strings.Contains(body, "2023-11-14 "+want+" UTC") {
			t.Errorf("at %q: %s", end, body)
		}
	}
}

func TestHandlerHasAVersion(t *testing.T) {
	_, base := served(t, ``)
	_, body := get(t, base+"/api/v1/status/buildinfo")
	var got struct{ Data struct{ Version string } }
	if err := json.Unmarshal([]byte(body), &got); err != nil || got.Data.Version == "" {
		t.Errorf("%s (%v)", body, err)
	}
}

// TestSameThroughHTTP asks directly and by way of the handler and promapi, and
// expects the same answers down to the text of labels.
func TestSameThroughHTTP(t *testing.T) {
	s, base := served(t, `
		up{job="api",text="a \"quoted\" \\ é\n} line"} 1x5 NaN Inf -Inf 0.1
		up{job="web"} 1 0 1 0 1 0 1
		h{le="x"} {{schema:0 sum:5 count:4 buckets:[1 2 1]}}x9
	`)
	api, err := promapi.New(promapi.Options{Name: "test", URLs: []string{base}})
	if err != nil {
		t.Fatal(err)
	}
	defer api.Close()
	for _, expr := range []string{
		"up", "none", "42", "time()", `sum by (job) (up)`, `up > 0`, "up[5m]", `"x"`, "up{", "h",
		`{job="web"} or h`, "up * on() group_left() up", "1/0", `label_replace(up, "a", "<&>\u2028", "", "")`,
	} {
		for m := range 10 {
			ask := engine.Ask{Expr: expr, At: minute(float64(m)).Add(7 * time.Millisecond)}
			direct, remote := show(s.Ask(t.Context(), ask)), show(api.Ask(t.Context(), ask))
			remote = strings.Replace(remote, `invalid parameter "query": `, "", 1)
			remote = strings.Replace(remote, "1 of the series are", "some of the series are", 1)
			if direct != remote {
				t.Errorf("%s at %d\ndirect %s\n  HTTP %s", expr, m, direct, remote)
			}
		}
	}
	ask := engine.RangeAsk{Expr: "up", From: minute(0), Until: minute(9), Step: 17 * time.Second}
	direct, err := s.Range(t.Context(), ask)
	if err != nil {
		t.Fatal(err)
	}
	remote, err := api.Range(t.Context(), ask)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := showMatrix(direct), showMatrix(remote); a != b {
		t.Errorf("direct %s\nHTTP %s", a, b)
	}
}
