package promapi

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"tocsin/engine"
	"tocsin/evaluator"
)

// bodies are answers that the fuzzers begin with.
func bodies() []string {
	v := strings.TrimSuffix(vectorOf(one), "}")
	return []string{
		vectorOf(""), vectorOf(one), vectorOf(one + "," + one), vectorOf(histo + "," + one),
		vectorOf(one + "," + histo),
		vectorOf(`{"metric":{},"value":[1,"2"]}`),
		vectorOf(`{"metric":{"a":"}],\"value\":[1,\"2\"]}"},"value":[1.5,"NaN"]}`),
		vectorOf(`{"metric":{"a":"é\u00e9"},"value":[1e3,"+Inf"]}`),
		vectorOf(`{"metric":{"a":{"b":"c"},"d":"e"},"value":[1,"1"]}`),
		vectorOf(`{"metric":{"a":"1"},"value":[01,"1"]}`), vectorOf(`{"metric":{"a":"1"},"value":[1.,"1"]}`),
		vectorOf(`{"metric":{"a":"1"},"value":[1.0005,"0x1p-2"]}`), vectorOf(`{"metric":{"a":"1"},"value":[1,"-0"]}`),
		v + `,"warnings":["x"],"infos":["y"]}`, v + `,"isPartial":true}`, v + `,"status":"error"}`,
		v + `,"Data":{"resultType":"vector","result":[]}}`, v + `,"stats":{"a":[1,{}]}}`, v + `,}`, v + `}}`,
		strings.TrimSuffix(v, "}") + `,"result":[]}}`, strings.TrimSuffix(v, "}") + `,"stats":{}},"data":null}`,
		strings.TrimSuffix(v, "}") + `,"stats":{}},"data":{},"warnings":null}`, strings.TrimSuffix(v, "}") + `,}}`,
		`{"status":"success","isPartial":false,"data":{"resultType":"vector","result":[` + one + `]}}`,
		`{"status":"success","data":{"resultType":"scalar","result":[1,"2"]}}`,
		`{"status":"error","errorType":"bad_data","error":"x"}`,
		`{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"a":"1"},"values":[[1,"1"],[2.25,"-3.5"]]}]}}`,
		`{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[]}]}}`,
		`{"status":"success","data":{"resultType":"matrix","result":[]}}`,
	}
}

// same compares what is decoded, NaN equal to itself.
func same(a, b any) string {
	return cmp.Diff(a, b, cmpopts.EquateNaNs(), cmpopts.EquateEmpty(),
		cmp.AllowUnexported(reply{}, rangeReply{}))
}

// FuzzDecode holds the fast path to the slow one: what it takes, the slow one
// takes too, and to the same end; apart from labels that can't be read, which
// the fast path leaves for later.
func FuzzDecode(f *testing.F) {
	for _, body := range bodies() {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		if fast, ok := decodeFast(body); ok {
			slow, err := decodeSlow(body)
			if err != nil {
				if readable(fast.samples) && !strings.Contains(err.Error(), "exceeded max depth") {
					t.Fatalf("the slow path refuses it: %v", err)
				}
				return
			}
			if diff := same(fast, slow); diff != "" {
				t.Fatal(diff)
			}
		}
		if fast, ok := decodeRangeFast(body); ok {
			slow, err := decodeRangeSlow(body)
			if err != nil {
				if readable(samplesOf(fast.series)) && !strings.Contains(err.Error(), "exceeded max depth") {
					t.Fatalf("the slow path refuses it: %v", err)
				}
				return
			}
			if diff := same(fast, slow); diff != "" {
				t.Fatal(diff)
			}
		}
	})
}

func samplesOf(series []engine.Points) (out []evaluator.Sample) {
	for _, s := range series {
		out = append(out, evaluator.Sample{Raw: s.Raw})
	}
	return out
}

func readable(samples []evaluator.Sample) bool {
	for _, s := range samples {
		if _, err := ParseLabels(s.Raw); err != nil {
			return false
		}
	}
	return true
}

// TestFastPathIsTaken keeps the fast path from falling out of use unseen.
func TestFastPathIsTaken(t *testing.T) {
	v := strings.TrimSuffix(vectorOf(one), "}")
	for _, body := range []string{
		vectorOf(""), vectorOf(one), v + `,"warnings":["x"],"infos":["y"]}`, v + `,"stats":{}}`,
		strings.TrimSuffix(v, "}") + `,"stats":{"timings":{}},"analysis":{}}}`,
		strings.TrimSuffix(v, "}") + `,"stats":{"timings":{}}},"warnings":["x"]}`,
		`{"status":"success","isPartial":false,"data":{"resultType":"vector","result":[` + one + `]}}`,
	} {
		if _, ok := decodeFast(body); !ok {
			t.Errorf("the slow path is taken for %s", body)
		}
	}
	if _, ok := decodeRangeFast(`{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"a":"1"},"values":[[1,"1"],[2.25,"-3.5"]]}]}}`); !ok {
		t.Error("the slow path is taken for a matrix")
	}
}

// A row is a series as a test draws it.
type row struct {
	metric map[string]string
	value  float64
}

func drawRow(t *rapid.T) row {
	value := rapid.String().Filter(func(s string) bool { return s != "" })
	special := rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), math.Inf(-1), 0, 0.1})
	return row{
		metric: rapid.MapOfN(rapid.StringMatching(`[a-z_][a-z0-9_]{0,5}`), value, 0, 4).Draw(t, "metric"),
		value:  rapid.OneOf(rapid.Float64(), special).Draw(t, "value"),
	}
}

// write writes rows by a format of a metric and a value.
func write(t *rapid.T, rows []row, format string) string {
	var out []string
	for _, r := range rows {
		m, err := json.Marshal(r.metric)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, fmt.Sprintf(format, m, strconv.FormatFloat(r.value, 'f', -1, 64)))
	}
	return vectorOf(strings.Join(out, ","))
}

// TestDecodeAnyVector draws answers, writes them in Prometheus' way and in an
// odd one, and expects to read back what was drawn.
func TestDecodeAnyVector(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(rapid.Custom(drawRow), 0, 5).Draw(t, "rows")
		for _, format := range []string{
			`{"metric":%s,"value":[1700000000.5,%q]}`,
			"{\n\"x\":0, \"metric\":%s, \"value\": [1, %q ]}",
		} {
			body := write(t, rows, format)
			got, err := decode(body)
			if err != nil || len(got.samples) != len(rows) {
				t.Fatalf("%d samples (%v) of %s", len(got.samples), err, body)
			}
			for i, s := range got.samples {
				ls, err := ParseLabels(s.Raw)
				if err != nil {
					t.Fatal(err)
				}
				if diff := same(rows[i].metric, ls.Map()) + same(rows[i].value, s.Value); diff != "" {
					t.Fatal(diff)
				}
			}
		}
	})
}

// TestParseValueIsExact compares with strconv bit by bit.
func TestParseValueIsExact(t *testing.T) {
	check := func(s string) string {
		got, err := parseValue(s)
		want, wantErr := strconv.ParseFloat(s, 64)
		if (err == nil) != (wantErr == nil) || math.Float64bits(got) != math.Float64bits(want) {
			return fmt.Sprintf("%q: got %v (%v), want %v (%v)", s, got, err, want, wantErr)
		}
		return ""
	}
	for _, s := range []string{"", "-", ".", "1.", ".5", "-.5", "1.5.5", "-0", "0", "-0.0", "00", "007.50", "1e5", "NaN", "-NaN", "+1", "Inf", "9007199254740992", "9007199254740993", "0.3", "123456789.1234567", "0.000000000000001", "1_0", "0x10", " 1"} {
		if fault := check(s); fault != "" {
			t.Error(fault)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		digits := rapid.StringMatching(`-?[0-9]{1,17}(\.[0-9]{0,17})?`).Draw(t, "digits")
		if fault := check(digits); fault != "" {
			t.Fatal(fault)
		}
		if fault := check(strconv.FormatFloat(rapid.Float64().Draw(t, "v"), 'f', -1, 64)); fault != "" {
			t.Fatal(fault)
		}
	})
}

// TestTimestampIsExact: what is written with at most three digits behind the
// point is read to the millisecond, or left to the slow path.
func TestTimestampIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[0-9]{1,12}(\.[0-9]{0,5})?`).Draw(t, "text")
		c := scanner{text: text + ","}
		ms, ok := c.timestamp()
		if !ok || !c.literal(",") {
			return
		}
		want, _ := new(big.Rat).SetString(text)
		if want.Mul(want, big.NewRat(1000, 1)).Cmp(new(big.Rat).SetInt64(ms)) != 0 {
			t.Fatalf("%s is read as %d ms", text, ms)
		}
	})
}
