package promapi

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/prometheus/prometheus/model/labels"
)

func TestParseLabels(t *testing.T) {
	rows := []struct{ says, raw, want string }{
		{"nothing is no labels", ``, `{}`},
		{"so is the empty object", `{}`, `{}`},
		{"they are sorted", `{"b":"2","a":"1","C":"3"}`, `{C="3", a="1", b="2"}`},
		{"escapes are read", `{"a":"\"\u00e9\n\\"}`, `{a="\"é\n\\"}`},
		{"spaces don't matter", ` { "a" : "1" , "b":"2" } `, `{a="1", b="2"}`},
		{"names may be any text", `{"a.b c":"1"}`, `{"a.b c"="1"}`},
		{"an empty value is no label", `{"a":"","b":"1"}`, `{b="1"}`},
		{"only empty values are no labels", `{"a":""}`, `{}`},
		{"what is no object is refused", `["a"]`, `labels "[\"a\"]": not a JSON object`},
		{"so is what ends early", `{"a":"1"`, `labels "{\"a\":\"1\"": it ends early`},
		{"and a value that is no string", `{"a":1}`, `labels "{\"a\":1}": 1 where a string is due`},
		{"and text behind it", `{"a":"1"}}`, `labels "{\"a\":\"1\"}}": there is text behind the object`},
		{"and a name that is there twice", `{"a":"1","a":"2"}`, `labels "{\"a\":\"1\",\"a\":\"2\"}": "a" is there twice`},
		{"however it is spelled", `{"a":"1","\u0061":"2"}`, `labels "{\"a\":\"1\",\"\\u0061\":\"2\"}": "a" is there twice`},
	}
	for _, r := range rows {
		ls, err := ParseLabels(r.raw)
		got := ls.String()
		if err != nil {
			got = err.Error()
		}
		if got != r.want {
			t.Errorf("%s: %s\n got %s\nwant %s", r.says, r.raw, got, r.want)
		}
	}
}

// F40: a label of 1 MB and more.
func TestF40ParseLabelsRefusesHugeOnes(t *testing.T) {
	for _, size := range []int{1 << 18, 1 << 20, 1 << 25} {
		_, err := ParseLabels(`{"a":"` + strings.Repeat("x", size) + `"}`)
		if err == nil || len(err.Error()) > 1000 {
			t.Errorf("%d bytes: %.200v", size, err)
		}
	}
	if _, err := ParseLabels(`{"a":"` + strings.Repeat("x", 1<<17) + `"}`); err != nil {
		t.Error(err)
	}
}

// FuzzParseLabels compares with encoding/json and a map.
func FuzzParseLabels(f *testing.F) {
	for _, s := range []string{``, `{}`, `{"a":"1"}`, `{"b":"2","a":"1"}`, `{"a":"\u00e9\ud83d"}`, `{"a":"` + "\xff" + `"}`, `{"a":"1","a":"2"}`, `{ "a" :"1"}`, `{"a":""}`, `{"":"x"}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		got, err := ParseLabels(raw)
		var want map[string]string
		wantErr := json.Unmarshal([]byte(raw), &want)
		if err != nil {
			if got.Len() != 0 {
				t.Errorf("labels with an error: %s", got)
			}
			return
		}
		if raw != "" && wantErr != nil {
			t.Fatalf("read as %s, but: %v", got, wantErr)
		}
		for name, value := range want {
			if value == "" {
				delete(want, name)
			}
		}
		if diff := cmp.Diff(want, got.Map(), cmpopts.EquateEmpty()); diff != "" {
			t.Error(diff)
		}
		again, err := ParseLabels(asJSON(t, got))
		if err != nil || !labels.Equal(got, again) {
			t.Errorf("printed and read again: %s (%v), not %s", again, err, got)
		}
	})
}

func asJSON(t *testing.T, ls labels.Labels) string {
	b, err := json.Marshal(ls)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
