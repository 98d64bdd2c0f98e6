//! Every rule by example.

use std::sync::LazyLock;

use super::*;
use crate::text::spoken::{render, tidy};

static NORMALISER: LazyLock<Normaliser> = LazyLock::new(Normaliser::new);
static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::new().unwrap());

/// Checks what is read for each text; a full stop at the end is understood.
fn check(table: &[(&str, &str)]) {
    let mut wrong = Vec::new();
    for (written, expected) in table {
        let spoken = render(&tidy(NORMALISER.speak(written, &LEXICON)));
        let expected = match expected.ends_with(['.', '!', '?']) {
            _ if expected.is_empty() => String::new(),
            true => (*expected).to_owned(),
            false => format!("{expected}."),
        };
        if spoken != expected {
            wrong.push(format!(
                "{written:?}\n  is read     {spoken}\n  rather than {expected}"
            ));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn numbers() {
    check(&[
        ("I have 3 cats", "I have three cats"),
        (
            "1,234,567 stars",
            "one million two hundred and thirty four thousand five hundred and sixty seven stars",
        ),
        ("pi is 3.14", "pi is three point one four"),
        ("0.5 and .25", "zero point five and zero point two five"),
        ("agent 007", "agent zero zero seven"),
        ("it was -5 outside", "it was minus five outside"),
        (
            "the 1st, 2nd, 3rd and 22nd",
            "the first, second, third and twenty second",
        ),
        ("the 1,000th time", "the one thousandth time"),
        (
            "1/2, 3/4 and 2/3",
            "one half, three quarters and two thirds",
        ),
        (
            "5 1/2 hours, 2½ cups",
            "five and a half hours, two and a half cups",
        ),
        ("24/7", "twenty four seven"),
        (
            "10k followers, 5M views",
            "ten thousand followers, five million views",
        ),
        ("H2O", "H two O"),
        ("10-20 people", "ten to twenty people"),
        ("pages 5–7", "pages five to seven"),
        ("won 3-2", "won three to two"),
        ("#1 fan", "number one fan"),
        ("~50 people", "about fifty people"),
        ("3 x 4", "three times four"),
        ("10x faster", "ten times faster"),
        ("version 1.2.3", "version one point two point three"),
        ("v2 of it", "version two of it"),
        (
            "192.168.0.1",
            "one hundred and ninety two dot one hundred and sixty eight dot zero dot one",
        ),
        ("a 5-year-old", "a five year old"),
        (
            "COVID-19, MP3 and 4K",
            "covid nineteen, M P three and four K",
        ),
    ]);
}

#[test]
fn years() {
    check(&[
        ("in 1984.", "in nineteen eighty four"),
        ("1905 was quiet", "nineteen oh five was quiet"),
        ("since 2005", "since two thousand and five"),
        ("by 2030", "by twenty thirty"),
        ("1914-1918", "nineteen fourteen to nineteen eighteen"),
        (
            "the 1990s and the '80s",
            "the nineteen nineties and the eighties",
        ),
        (
            "about 1500 people",
            "about one thousand five hundred people",
        ),
        ("1500 soldiers", "one thousand five hundred soldiers"),
        (
            "in 1066, room for 1012",
            "in ten sixty six, room for one thousand and twelve",
        ),
        ("2,024 apples", "two thousand and twenty four apples"),
    ]);
}

#[test]
fn dates() {
    check(&[
        ("March 5, 2024", "march fifth, twenty twenty four"),
        ("on Mar. 5th", "on march fifth"),
        (
            "on 5 March 2024",
            "on the fifth of march, twenty twenty four",
        ),
        ("the 5th of May", "the fifth of may"),
        ("in May 1968", "in may nineteen sixty eight"),
        ("2024-03-05", "march fifth, twenty twenty four"),
        ("3/5/2024", "march fifth, twenty twenty four"),
        ("25/12/99", "december twenty fifth, nineteen ninety nine"),
        ("31.12.1999", "december thirty first, nineteen ninety nine"),
        ("a May 99 day", "a may ninety nine day"),
    ]);
}

#[test]
fn times() {
    check(&[
        ("at 5:30", "at five thirty"),
        ("at 5:05 p.m.", "at five oh five P M"),
        ("at 12:00", "at twelve o'clock"),
        ("at 5 pm", "at five P M"),
        ("at 10 a.m. today", "at ten A M today"),
        ("at 17:00", "at seventeen hundred"),
        (
            "17:45:10",
            "seventeen hours forty five minutes and ten seconds",
        ),
        ("a 4:1 ratio", "a four to one ratio"),
        ("five o'clock", "five o'clock"),
    ]);
}

#[test]
fn money() {
    check(&[
        ("$5", "five dollars"),
        ("$1", "one dollar"),
        ("$5.50", "five dollars and fifty cents"),
        ("$1.01", "one dollar and one cent"),
        ("$0.99", "ninety nine cents"),
        ("$1,000.00", "one thousand dollars"),
        ("$1.5 million", "one point five million dollars"),
        (
            "$3bn and $20k",
            "three billion dollars and twenty thousand dollars",
        ),
        ("£3.20", "three pounds and twenty pence"),
        ("€10", "ten euros"),
        ("10€ or 20 EUR", "ten euros or twenty euros"),
        ("¥500", "five hundred yen"),
        ("US$5", "five U S dollars"),
        ("$10-20", "ten to twenty dollars"),
        ("5¢", "five cents"),
        ("-$5", "minus five dollars"),
        ("$5/month", "five dollars per month"),
    ]);
}

#[test]
fn measures() {
    check(&[
        ("5 km", "five kilometers"),
        ("1 km", "one kilometer"),
        ("10kg", "ten kilograms"),
        ("60 mph", "sixty miles per hour"),
        ("100 km/h", "one hundred kilometers per hour"),
        ("a 5-km run", "a five kilometer run"),
        ("20°C", "twenty degrees celsius"),
        ("-3 °F", "minus three degrees fahrenheit"),
        ("a 90° turn", "a ninety degrees turn"),
        ("50%", "fifty percent"),
        ("10-20 %", "ten to twenty percent"),
        ("3.5 GHz", "three point five gigahertz"),
        ("16 GB", "sixteen gigabytes"),
        ("20 m²", "twenty square meters"),
        ("5'10\" tall", "five foot ten tall"),
        ("6 ft.", "six feet"),
        ("8 oz and 2 lbs", "eight ounces and two pounds"),
        ("5 μm", "five micrometers"),
        ("5 in the morning", "five in the morning"),
    ]);
}

#[test]
fn telephone_numbers() {
    check(&[
        ("555-1234", "five five five, one two three four"),
        (
            "(555) 123-4567",
            "five five five, one two three, four five six seven",
        ),
        (
            "1-800-555-1234",
            "one, eight zero zero, five five five, one two three four",
        ),
        (
            "+44 20 7946 0958",
            "plus four four, two zero, seven nine four six, zero nine five eight",
        ),
    ]);
}

#[test]
fn addresses() {
    check(&[
        (
            "see https://www.example.org/a-b.",
            "see example dot org slash A dash B",
        ),
        ("www.example.com", "W W W dot example dot com"),
        (
            "visit example.com/help!",
            "visit example dot com slash help!",
        ),
        (
            "mail jo_d@example.co.uk",
            "mail jo underscore D at example dot co dot U K",
        ),
        ("open README.md", "open readme dot M D"),
        ("main.rs and notes.txt", "main dot R S and notes dot text"),
        (
            "run ./tools/demo.sh",
            "run dot slash tools slash demo dot S H",
        ),
        ("#HappyDays", "hashtag happy days"),
        ("thanks @some_user", "thanks at some user"),
    ]);
}

#[test]
fn abbreviations() {
    check(&[
        ("Mr. Brown and Mrs Green", "mister brown and missus green"),
        ("Dr. Jones of Ocean Dr.", "doctor jones of ocean drive"),
        ("St. John on Main St.", "saint john on main street"),
        ("cats, dogs, etc.", "cats, dogs, et cetera"),
        ("fruit, e.g. apples", "fruit, for example apples"),
        ("the rest, i.e. all", "the rest, that is all"),
        ("No. 5", "number five"),
        ("No. I will not", "no. I will not"),
        (
            "vol. 2, p. 7, pp. 8-9",
            "volume two, page seven, pages eight to nine",
        ),
        ("the U.S.A.", "the U S A"),
        ("44 B.C.", "forty four B C"),
        ("a Ph.D. student, a PhD", "a P H D student, a P H D"),
        ("J. R. R. Tolkien", "J R R tolkien"),
        ("w/o sugar", "without sugar"),
        ("Jan. and Oct.", "january and october"),
        ("you vs. me", "you versus me"),
        ("vs0, 1vs2vs3", "versus zero, one versus two versus three"),
    ]);
}

#[test]
fn capitals() {
    check(&[
        ("NASA and the BBC", "nasa and the B B C"),
        ("two GPUs", "two G P U's"),
        ("my iPhone", "my iphone"),
        ("a WebGPU app", "a web G P U app"),
        ("A dog and vitamin A", "a dog and vitamin A"),
        ("Is it us? \"A cat\"", "is it us? a cat"),
        ("A B C", "A B C"),
        ("DO NOT SHOUT, MR. BROWN", "do not shout, mister brown"),
        ("Stop THAT", "stop that"),
    ]);
}

#[test]
fn roman_numerals() {
    check(&[
        ("Chapter IV", "chapter four"),
        ("Henry VIII", "henry the eighth"),
        (
            "World War II and World War I",
            "world war two and world war one",
        ),
        ("the book I read", "the book I read"),
        ("NO I THINK NOT", "no I think not"),
        ("Act I, Scene II", "act one, scene two"),
        ("an XL shirt", "an X L shirt"),
    ]);
}

#[test]
fn signs() {
    check(&[
        ("salt & pepper", "salt and pepper"),
        ("2 + 2 = 4", "two plus two equals four"),
        ("and/or", "and or"),
        ("he/she", "he or she"),
        ("input/output", "input slash output"),
        ("TCP/IP", "T C P I P"),
        ("6 ÷ 2 ≠ 4", "six divided by two is not equal to four"),
        ("§ 5", "section five"),
        ("guest(s)", "guests"),
        ("x² > y", "x squared is greater than y"),
        ("fun 😀 time", "fun time"),
        ("*bold* and _plain_", "bold and plain"),
    ]);
}

#[test]
fn punctuation() {
    check(&[
        ("Well, yes; no: maybe", "well, yes, no, maybe"),
        ("one - two -- three—four", "one, two, three, four"),
        ("a (small) house", "a, small, house"),
        ("wait... what", "wait, what"),
        ("well-known", "well known"),
        ("“Really?!”", "really?"),
        ("'Tis the 'best'", "'tis the best"),
        ("rock 'n' roll", "rock 'n roll"),
        ("naïve café", "naive cafe"),
        ("***", ""),
    ]);
}

#[test]
fn units_behind_figures() {
    check(&[
        (
            "he ran it in 10.49s",
            "he ran it in ten point four nine seconds",
        ),
        (
            "2h 5m and 4m 30s",
            "two hours five minutes and four minutes thirty seconds",
        ),
        ("€2.5-3m", "two point five to three million euros"),
        ("a 10k race", "a ten K race"),
        ("8GB at 60fps", "eight gigabytes at sixty frames per second"),
        ("98°F", "ninety eight degrees fahrenheit"),
        ("he is 5'11\"", "he is five foot eleven"),
        (
            "a 32\" screen, 12\" wide",
            "a thirty two inch screen, twelve inches wide",
        ),
        ("90 mg/dL", "ninety milligrams per deciliter"),
        ("2 tbsp. oil", "two tablespoons oil"),
        ("for 30s", "for thirty seconds"),
    ]);
}

#[test]
fn relations() {
    check(&[
        ("9am-5pm", "nine A M to five P M"),
        ("Tue-Sat, Jan-Mar", "tuesday to saturday, january to march"),
        ("7 - 3 = 4", "seven minus three equals four"),
        ("9-4=5", "nine minus four equals five"),
        ("2x + 1 = 5", "two x plus one equals five"),
        ("n>30", "n is greater than thirty"),
        ("2^8 and 10⁹", "two to the eighth and ten to the ninth"),
        (
            "3e8, 2e-6",
            "three times ten to the eight, two times ten to the minus six",
        ),
        ("F# and C++", "F sharp and C plus plus"),
        ("R&D at AT&T", "R and D at A T and T"),
        ("7/10", "seven out of ten"),
        ("120/80", "one twenty over eighty"),
        ("$15/mo", "fifteen dollars per month"),
    ]);
}

#[test]
fn digits_one_by_one() {
    check(&[
        ("dial 911", "dial nine one one"),
        ("1-800-GO-AHEAD", "one, eight hundred, go ahead"),
        (
            "Austin, TX 78701-0001",
            "austin, texas seven eight seven zero one, zero zero zero one",
        ),
        (
            "ISBN 0-19-853453-1",
            "I S B N zero, one nine, eight five three four five three, one",
        ),
        ("card ending in 4242", "card ending in four two four two"),
        (
            "flight 815, room 304",
            "flight eight fifteen, room three oh four",
        ),
        ("a 401(k)", "a four oh one K"),
        ("v1.4.0-rc.2", "version one point four point zero R C two"),
        ("version v1.2.3", "version one point two point three"),
        ("#A1B2C3", "hash A one B two C three"),
        ("1428 Elm St.", "fourteen twenty eight elm street"),
        ("12 N 3rd Ave, Salem", "twelve north third avenue, salem"),
        ("3Q21", "the third quarter of twenty one"),
    ]);
}

#[test]
fn more_dates_and_times() {
    check(&[
        ("at 2.30 p.m.", "at two thirty P M"),
        ("1:01:01", "one hour one minute and one second"),
        ("2016/07/03", "july third, twenty sixteen"),
        ("17 may 2010", "the seventeenth of may, twenty ten"),
        ("5 may agree", "five may agree"),
        ("15-01-2020", "january fifteenth, twenty twenty"),
        ("Jan-15-2020", "january fifteenth, twenty twenty"),
        ("340 A.D.", "three forty A D"),
        ("9:05 p.m. est", "nine oh five P M E S T"),
        ("FY25", "fiscal year twenty five"),
    ]);
}

#[test]
fn kings_and_parts() {
    check(&[
        ("Parts II and III", "parts two and three"),
        ("Elizabeth I reigned", "elizabeth the first reigned"),
        ("Charles I's head", "charles the first's head"),
        ("Bowl LVIII", "bowl fifty eight"),
        ("my wife and I left", "my wife and I left"),
    ]);
}

#[test]
fn text_as_it_comes() {
    check(&[
        ("[a link](https://example.com/a?b=1)", "a link"),
        ("Salt &amp; pepper&#33;", "salt and pepper!"),
        ("<p>One <b>two</b></p><p>three</p>", "one two. three"),
        ("see [[Daily Note]]", "see daily note"),
        ("It is so.[1] Yes[^2]", "it is so. yes"),
        ("## A heading", "a heading"),
        ("fun :-) or not :(", "fun or not"),
        ("IT WAS LATE when we left", "it was late when we left"),
        ("OLED, SQL and GIF", "oled, S Q L and gif"),
        (
            "C:\\temp\\a.txt",
            "C colon backslash temp backslash A dot text",
        ),
        ("résumé, not resume", "résumé, not resume"),
        ("g-go! w-what?", "guh go! wuh what?"),
        ("Sooo, brrrr, Aaaah", "so, brr, aah"),
        ("iOS, eBay and ESPN", "I O S, ebay and E S P N"),
        ("A4 paper", "A four paper"),
    ]);
}

#[test]
fn days_in_figures() {
    check(&[
        ("due by 11/23", "due by november twenty third"),
        ("(4/27) at noon", "april twenty seventh, at noon"),
        ("for 3/4 of it", "for three quarters of it"),
        ("on 9/11", "on nine eleven"),
        ("feb. 3", "february third"),
        ("through 7/19", "through july nineteenth"),
        ("my birthday is 9/12", "my birthday is september twelfth"),
        (
            "2021-03-04T09:30Z",
            "march fourth, twenty twenty one at nine thirty U T C",
        ),
        ("in '06", "in oh six"),
        ("800AD", "eight hundred A D"),
    ]);
}

#[test]
fn relations_of_two_numbers() {
    check(&[
        ("17/23", "seventeen over twenty three"),
        ("1/40", "one fortieth"),
        ("50/50", "fifty fifty"),
        ("an 8x10 print", "an eight by ten print"),
        ("5×10⁶ m/s", "five times ten to the sixth meters per second"),
        ("it took 38:05", "it took thirty eight oh five"),
        ("from 0 to n-1", "from zero to n minus one"),
        ("y is > 3, mv²", "y is greater than three, M V squared"),
        ("4! = 24", "four factorial equals twenty four"),
        ("y² - 3", "y squared minus three"),
        (
            "7\" x 5\" x 2\"",
            "seven inches by five inches by two inches",
        ),
        ("3.5/5 stars", "three point five out of five stars"),
        ("swam 1:59.07", "swam one fifty nine point zero seven"),
        ("call run() now", "call run now"),
        ("a 70:30 split", "a seventy to thirty split"),
        ("stop...7", "stop, seven"),
    ]);
}

#[test]
fn units_of_all_kinds() {
    check(&[
        ("3 million kg", "three million kilograms"),
        (
            "1750-1800 kg",
            "one thousand seven hundred and fifty to one thousand eight hundred kilograms",
        ),
        ("2012 m high", "two thousand and twelve meters high"),
        ("40/kg, 7 /m²", "forty per kilogram, seven per square meter"),
        (
            "900 mhz and 4 gb",
            "nine hundred megahertz and four gigabytes",
        ),
        ("12V/2A", "twelve volts, two amps"),
        ("speed in km/h", "speed in kilometers per hour"),
        ("type K9s", "type K nines"),
        ("they won 2 v 1", "they won two v one"),
        (
            "1/2 tsp. salt, 2 1/2 tsp. oil",
            "one half teaspoon salt, two and a half teaspoons oil",
        ),
        (
            "3/4 c. milk, w/ ½ oz. rum",
            "three quarters cup milk, with one half ounce rum",
        ),
        (
            "bake at 425F, seat 40F",
            "bake at four hundred and twenty five degrees fahrenheit, seat forty F",
        ),
        ("22kΩ and 5 Ω", "twenty two thousand ohms and five ohms"),
        (
            "170C/325F",
            "one hundred and seventy degrees celsius, three hundred and twenty five degrees fahrenheit",
        ),
        ("(9 oz.) can", "nine ounces, can"),
        ("9 N·m", "nine newton meters"),
        ("5 ft 4 in wide", "five feet four inches wide"),
        ("70 deg. F", "seventy degrees fahrenheit"),
        (
            "6 ft. 2 in. tall, 4-in. nails",
            "six feet two inches tall, four inch nails",
        ),
        (
            "70+ km/h, 70+ mph",
            "seventy plus kilometers per hour, seventy plus miles per hour",
        ),
        ("three 2x6s", "three two by sixes"),
        ("51.5° N", "fifty one point five degrees north"),
        (
            "4m people, a 4m pole",
            "four million people, a four meters pole",
        ),
        ("wait 40s, in the 40s", "wait forty seconds, in the forties"),
    ]);
}

#[test]
fn prices() {
    check(&[
        ("$12/child", "twelve dollars per child"),
        ("$80/bbl", "eighty dollars per barrel"),
        (
            "£90pp, $4/gal. at noon",
            "ninety pounds per person, four dollars per gallon at noon",
        ),
        ("~$5k", "about five thousand dollars"),
        ("$(1.50)", "minus one dollar and fifty cents"),
        ("$3$4", "three dollars four dollars"),
    ]);
}

#[test]
fn codes_of_letters_and_figures() {
    check(&[
        ("GTX 1660", "G T X sixteen sixty"),
        ("flight KL1234", "flight K L twelve thirty four"),
        ("two F-16s", "two F sixteens"),
        ("Na2CO3 and C2H6", "N A two C O three and C two H six"),
        (
            "model no. K-27, no. 5B",
            "model number K twenty seven, number five B",
        ),
        ("1080p at 2 yrs' age", "ten eighty P at two years' age"),
        ("three A320s", "three A three twenties"),
        ("RTX 3070", "R T X thirty seventy"),
        ("ISO 9001", "I S O nine thousand and one"),
        (
            "an x86 chip, PCIe x4",
            "an X eighty six chip, P C I E X four",
        ),
        ("No. 4Z17B20Q", "number four Z one seven B two zero Q"),
        (
            "020 7946 0011",
            "zero two zero, seven nine four six, zero zero one one",
        ),
        ("the pin is ab4417", "the pin is ab four four one seven"),
        ("Suite 1200", "suite twelve hundred"),
        ("error 404", "error four oh four"),
        (
            "localhost:8080",
            "localhost colon eight thousand and eighty",
        ),
    ]);
}

#[test]
fn names_with_stops() {
    check(&[
        ("call os.path.join", "call os dot path dot join"),
        ("it was late.then it rained", "it was late. then it rained"),
        ("go to ice_cream.edu.", "go to ice underscore cream dot edu"),
        ("see data.gov.", "see data dot gov"),
        ("a#b", "a hash b"),
    ]);
}

#[test]
fn places_and_titles() {
    check(&[
        ("1700 Elm Ave. NW", "seventeen hundred elm avenue northwest"),
        ("Boston, Mass. in May", "boston, massachusetts in may"),
        ("He went to Mass.", "he went to mass"),
        ("Dr. and Mr. Ray", "doctor and mister ray"),
        ("Elm Dr. is near", "elm drive is near"),
        ("at st. mary", "at saint mary"),
        ("Mt Hood, Prof Hill", "mount hood, professor hill"),
        (
            "Sat 9-1, closed Sun.",
            "saturday nine to one, closed sunday",
        ),
        ("Rte. 9 S, c/o Ann", "route nine south, care of ann"),
        (
            "7 Ash St Apt 2 and St Ann",
            "seven ash street apartment two and saint ann",
        ),
        ("W 9th St., 3rd Fl.", "west ninth street, third floor"),
        ("at room temp", "at room temperature"),
        ("room temp. is low", "room temperature is low"),
        ("40 pts. in all", "forty points in all"),
        ("Ft. Knox, Rm. 12", "fort knox, room twelve"),
        (
            "Tulsa, Okla., or Reno, Nev.",
            "tulsa, oklahoma, or reno, nevada",
        ),
        ("wind NW at 5 mph", "wind northwest at five miles per hour"),
        (
            "Wed 4/24 and Thu",
            "wednesday april twenty fourth and thursday",
        ),
        ("Jun. 3-9", "june third to ninth"),
    ]);
}

#[test]
fn words_of_chats_and_keyboards() {
    check(&[
        ("idk, tmrw pls", "I D K, tomorrow please"),
        ("c u l8r, 2nite is gr8", "c u later, tonight is great"),
        (
            "Im sure thats it, dont ask",
            "i'm sure that's it, don't ask",
        ),
        ("gate B4, press *69", "gate B four, press star sixty nine"),
        ("Ctrl+C", "control plus C"),
        ("up 3% YoY", "up three percent year over year"),
        ("a B+, not an A-.", "a B plus, not an A minus"),
        ("run grep -l now", "run grep dash L now"),
        ("at ~6:15", "at about six fifteen"),
        ("the tag <b> is bold", "the tag b is bold"),
    ]);
}
