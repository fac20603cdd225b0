package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"
)

// SignatureHeader names the header of the signature.
const SignatureHeader = "X-Tocsin-Signature"

// Sign returns the signature of a body at the time of an attempt:
//
//	t=1700000000,v1=hex(hmac-sha256(secret, "1700000000." + body))
//
// The time is signed too, so that a receiver can refuse what was recorded and is
// played again.
func Sign(secret string, body []byte, at time.Time) string {
	t := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "%s.", t)
	mac.Write(body)
	return "t=" + t + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}
