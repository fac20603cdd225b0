package rules

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// A Number is a value of a series. In JSON it is a string, as in Prometheus, so
// that NaN and the infinities survive.
type Number float64

// MarshalJSON writes the number as Prometheus does: "0.5", "NaN", "+Inf".
func (n Number) MarshalJSON() ([]byte, error) {
	return []byte(strconv.Quote(strconv.FormatFloat(float64(n), 'f', -1, 64))), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (n *Number) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return fmt.Errorf("number: %w", err)
	}
	v, err := strconv.ParseFloat(s, 64)
	*n = Number(v)
	return err
}
