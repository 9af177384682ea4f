//! Where the broker differs from the tables of the other implementation, and by which right.

use std::collections::BTreeSet;

/// The names of the cases that we do not share.
pub(crate) fn exceptions() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (_, groups) in EXCEPTIONS {
        for group in *groups {
            let (group, numbers) = group.split_once(' ').expect("a group and its numbers");
            for range in numbers.split(' ') {
                let (first, last) = range.split_once('-').unwrap_or((range, range));
                let number = |text: &str| text.parse::<u16>().expect("a number");
                for number in number(first)..=number(last) {
                    let is_new = names.insert(format!("mq-broker-{group}-{number:03}"));
                    assert!(is_new, "{group} {number} is listed twice");
                }
            }
        }
    }
    names
}

/// A reason, and the cases that it is for: a group, then numbers and ranges of numbers in it.
const EXCEPTIONS: &[(&str, &[&str])] = &[
    (
        "3.1 leaves it open whether unused flags are looked at; here they are, as in 3.1.1",
        &["connect-v31 1-2"],
    ),
    (
        "a level before 3.1.1 is refused in the form of 3.1.1, which such a Client may know",
        &["connect-v31 3", "connect-v311 14"],
    ),
    (
        "a control character in a string should not be there, but may (section 1.5.4)",
        &[
            "connect-v311 34-37 42-45 51-54",
            "connect-v5 10-13 19-22",
            "publish-v311 20-23",
            "publish-v5 19-22",
            "subscribe-v311 17-20",
            "unsubscribe-v311 20-23",
            "unsubscribe-v5 20-23",
        ],
    ),
    (
        "a Client Identifier that is no UTF-8 is malformed, 0x81 [MQTT-1.5.4-1]; theirs says 0x85",
        &["connect-v5 8-9 14"],
    ),
    (
        "a property unknown or of another packet type is malformed, 0x81 (section 2.2.2.2); theirs says 0x82",
        &[
            "connect-v5 74 76 78 80 82 84 111-112 114-117 119-122 124-125 127 129-130 132-133 135-136 138-139 141-142 172 174-175 177-178 180-181 183-184 186-187 189-190 192-193 195-196 198-199 201-202 204-205 207-208 210-212 214-216 218-220 222-224 226-228 230-232 234-235",
            "disconnect-v5 65-71 79-81 85-89 95-96 99 101-104",
            "puback-v5 31-37 45-48 53-58 65-66 69 71-74",
            "pubcomp-v5 37-43 51-54 59-64 71-72 75 77-80",
            "publish-v5 72-78 85-87 91-94 99 101-103",
            "pubrec-v5 30-36 44-47 52-57 64-65 68 70-73",
            "pubrel-v5 30-36 44-47 52-57 64-65 68 70-73",
        ],
    ),
    (
        "reserved flags of the fixed header are malformed, 0x81 [MQTT-2.1.3-1]; theirs says 0x82",
        &["disconnect-v5 5-8", "pubrel-v5 15-18"],
    ),
    (
        "packet type 0 is reserved, so malformed, 0x81 (section 2.1.2); theirs says 0x82",
        &["forbidden-v5 2 7-13"],
    ),
    (
        "a packet that only a Server sends breaks the protocol, 0x82, whatever its flags; theirs says 0x81",
        &["pingresp-v5 5-8", "suback-v5 9-12", "unsuback-v5 8-11"],
    ),
    (
        "a Reason Code that the packet does not have is malformed, 0x81 (section 4.13.1); theirs says 0x82",
        &[
            "puback-v5 13",
            "pubcomp-v5 7 11-12",
            "pubrec-v5 13",
            "pubrel-v5 13",
        ],
    ),
    (
        "a third PUBLISH without DUP is answered as the second; theirs closes then (section 4.3.3)",
        &["publish-v311 17", "publish-v5 16"],
    ),
    (
        "the standard calls it a Protocol Error, 0x82 (sections 2.2.1, 3.3.2.1, 3.8.3); theirs says 0x81",
        &[
            "publish-v5 6",
            "subscribe-v5 11-12 17 33 45",
            "unsubscribe-v5 9 27",
        ],
    ),
    (
        "the publisher is told that nobody subscribed, 0x10 (section 3.5.2.1); theirs says success",
        &["flow-v5 10-13", "other-v5 2", "publish-v5 14-15"],
    ),
    (
        "an unknown Packet Identifier is told as that, 0x92 (section 4.3.3); theirs says success",
        &[
            "pubrec-v5 8-9 11 19 22-24 27-29",
            "pubrel-v5 8-12 19 22-24 27-29",
        ],
    ),
    (
        "a Client may not publish what the Server tells, 0x87 (section 4.7.2); theirs says success",
        &["publish-v5 29"],
    ),
];
