package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
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
func Sign(secret string, body []byte, at time.Time) string { return sign(secret, parts{body}, at) }

func sign(secret string, body parts, at time.Time) string {
	t := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "%s.", t)
	for _, part := range body {
		mac.Write(part)
	}
	return "t=" + t + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}

// Verify is what a receiver does with the signature of a body, no older than
// tolerance. It compares in constant time.
func Verify(secret, header string, body []byte, now time.Time, tolerance time.Duration) error {
	t, _, ok := strings.Cut(strings.TrimPrefix(header, "t="), ",")
	seconds, err := strconv.ParseInt(t, 10, 64)
	if !ok || err != nil {
		return fmt.Errorf("signature %q is malformed", header)
	}
	at := time.Unix(seconds, 0)
	if !hmac.Equal([]byte(Sign(secret, body, at)), []byte(header)) {
		return errors.New("the signature is not of this body and secret")
	}
	if age := now.Sub(at).Abs(); age > tolerance {
		return fmt.Errorf("the signature is %v away from now", age)
	}
	return nil
}
