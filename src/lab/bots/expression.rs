//! Sums such as `2 + 3 * (4 - 1)`.

/// The longest request that is read, in bytes.
const LONGEST: usize = 1_000;

/// How deep brackets and signs may be nested.
const DEEPEST: u8 = 32;

/// Why a request has no answer. Sent to whoever asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ExpressionError {
    #[error("request is {length} bytes; at most {LONGEST} are read")]
    TooLong { length: usize },
    #[error("request is not text")]
    NotText,
    #[error("a number is missing at character {0}")]
    NumberMissing(usize),
    #[error("a bracket is not closed at character {0}")]
    BracketOpen(usize),
    #[error("what stands at character {0} is not understood")]
    Unexpected(usize),
    #[error("brackets are nested deeper than {DEEPEST}")]
    TooDeep,
    #[error("division by zero")]
    DivisionByZero,
    #[error("the result is too large")]
    TooLarge,
}

/// The value of a sum of numbers with `+ - * /` and brackets.
pub(super) fn evaluate(request: &[u8]) -> Result<f64, ExpressionError> {
    if request.len() > LONGEST {
        return Err(ExpressionError::TooLong {
            length: request.len(),
        });
    }
    let text = core::str::from_utf8(request).map_err(|_| ExpressionError::NotText)?;
    let mut parser = Parser {
        text: text.as_bytes(),
        at: 0,
        depth: 0,
    };
    let value = parser.sum()?;
    match parser.peek() {
        Some(_) => Err(ExpressionError::Unexpected(parser.at + 1)),
        // Not -0.
        None => Ok(value + 0.0),
    }
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
    depth: u8,
}

impl Parser<'_> {
    fn sum(&mut self) -> Result<f64, ExpressionError> {
        let mut value = self.product()?;
        loop {
            value = if self.skip(b'+') {
                value + self.product()?
            } else if self.skip(b'-') {
                value - self.product()?
            } else {
                return Ok(value);
            };
            is_finite(value)?;
        }
    }

    fn product(&mut self) -> Result<f64, ExpressionError> {
        let mut value = self.term()?;
        loop {
            value = if self.skip(b'*') {
                value * self.term()?
            } else if self.skip(b'/') {
                let divisor = self.term()?;
                if divisor == 0.0 {
                    return Err(ExpressionError::DivisionByZero);
                }
                value / divisor
            } else {
                return Ok(value);
            };
            is_finite(value)?;
        }
    }

    fn term(&mut self) -> Result<f64, ExpressionError> {
        if self.depth >= DEEPEST {
            return Err(ExpressionError::TooDeep);
        }
        self.depth += 1;
        let value = if self.skip(b'-') {
            -self.term()?
        } else if self.skip(b'(') {
            let value = self.sum()?;
            if !self.skip(b')') {
                return Err(ExpressionError::BracketOpen(self.at + 1));
            }
            value
        } else {
            self.number()?
        };
        self.depth -= 1;
        Ok(value)
    }

    fn number(&mut self) -> Result<f64, ExpressionError> {
        self.peek();
        let start = self.at;
        let digits = self.text.get(start..).unwrap_or_default();
        let length = digits
            .iter()
            .take_while(|byte| byte.is_ascii_digit() || **byte == b'.')
            .count();
        let number = digits.get(..length).unwrap_or_default();
        let number = core::str::from_utf8(number).ok();
        let value: f64 = number
            .and_then(|number| number.parse().ok())
            .ok_or(ExpressionError::NumberMissing(start + 1))?;
        self.at += length;
        is_finite(value)?;
        Ok(value)
    }

    /// The next character that is not a space.
    fn peek(&mut self) -> Option<u8> {
        while let Some(byte) = self.text.get(self.at) {
            if !byte.is_ascii_whitespace() {
                return Some(*byte);
            }
            self.at += 1;
        }
        None
    }

    fn skip(&mut self, wanted: u8) -> bool {
        let is_there = self.peek() == Some(wanted);
        self.at += usize::from(is_there);
        is_there
    }
}

fn is_finite(value: f64) -> Result<(), ExpressionError> {
    match value.is_finite() {
        true => Ok(()),
        false => Err(ExpressionError::TooLarge),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_worked_out_as_at_school() {
        for (request, answer) in [
            ("2+3", "5"),
            (" 2 + 3 * 4 ", "14"),
            ("(2 + 3) * 4", "20"),
            ("10 / 4", "2.5"),
            ("1 - 2 - 3", "-4"),
            ("8 / 2 / 2", "2"),
            ("--1", "1"),
            ("-(1)*0", "0"),
            ("0.1+.2", "0.30000000000000004"),
        ] {
            let value = evaluate(request.as_bytes()).map(|value| value.to_string());
            assert_eq!(value, Ok(answer.to_owned()), "{request}");
        }
    }

    #[test]
    fn what_is_no_sum_is_told_with_its_place() {
        for (request, error) in [
            ("", "a number is missing at character 1"),
            ("2 +", "a number is missing at character 4"),
            ("2 3", "what stands at character 3 is not understood"),
            ("(1", "a bracket is not closed at character 3"),
            ("1.2.3", "a number is missing at character 1"),
            ("NaN", "a number is missing at character 1"),
            ("1/0", "division by zero"),
            ("1/(2-2)", "division by zero"),
        ] {
            let told = evaluate(request.as_bytes()).map_err(|error| error.to_string());
            assert_eq!(told, Err(error.to_owned()), "{request}");
        }
        assert_eq!(evaluate(b"\xff"), Err(ExpressionError::NotText));
        assert_eq!(evaluate(&[b'('; 256]), Err(ExpressionError::TooDeep));
        assert_eq!(evaluate(&[b'-'; 256]), Err(ExpressionError::TooDeep));
        assert_eq!(evaluate(&[b'9'; 400]), Err(ExpressionError::TooLarge));
        let large = [b'9'; 200];
        let product = [&large[..], b"*", &large].concat();
        assert_eq!(evaluate(&product), Err(ExpressionError::TooLarge));
        assert_eq!(
            evaluate(&[b'1'; 1_001]),
            Err(ExpressionError::TooLong { length: 1_001 })
        );
    }
}
