"""Ways to begin and end a comment that say nothing about its matter.

Written for this project. An answer may not depend on them (DOMAIN.md 3.3), so training adds them at
random; the ones in ``tests/data/metamorphic.jsonl`` are others.
"""

PLEAS = (
    "viralkan", "viralkan!!! 😭😭", "tolong pak", "tolong dibaca pak 🙏", "up", "up terus",
    "mohon ditindaklanjuti", "please", "🙏🙏🙏", "😭😭😭", "😡😡", "min tolong",
    "no viral no justice", "semoga dibaca", "bismillah", "@user", "cc @user @user", "!!!", "...",
    "pak", "bu", "bang",
)  # fmt: skip
CALLS = (
    "pak", "pak gub", "bu", "min", "assalamualaikum pak", "izin lapor", "maaf", "halo min",
    "woi", "bapak", "kang", "mas", "bang", "yth bapak", "@user", "@user @user", "tolong",
)  # fmt: skip
POLITE_OPENINGS = (
    "assalamualaikum wr wb, kepada bapak gubernur yang kami hormati,",
    "selamat malam pak, maaf kalau mengganggu waktunya,",
    "izin bertanya sekaligus menyampaikan keluhan pak,", "kepada yth admin dan jajaran,",
    "mohon maaf lahir batin sebelumnya pak,", "permisi min, numpang menyampaikan,",
    "nuwun sewu pak,", "punten pak,", "tabik pun,", "salam sejahtera untuk kita semua,",
    "om swastiastu,", "dengan segala kerendahan hati,", "bapak ibu yang baik,",
    "kalau berkenan mohon didengar,", "tanpa mengurangi rasa hormat,", "maaf sekali pak bu,",
    "selamat sore admin,", "izin curhat sedikit ya pak,", "hormat kami warga,",
    "terima kasih sudah membuka ruang komentar,", "ijin menyampaikan aspirasi bapak,",
    "halo kak admin yang baik,", "semoga bapak sehat selalu,", "mohon waktunya sebentar pak,",
    "kami sampaikan dengan hormat bahwa", "saya ingin melaporkan bahwa", "sekadar menyampaikan,",
    "mohon dibantu ya,", "bapak yang kami banggakan,", "izin ya pak,",
)  # fmt: skip
POLITE_CLOSINGS = (
    "terima kasih pak, semoga sehat selalu", "matur nuwun sanget pak", "hatur nuhun pak",
    "atas perhatian bapak kami ucapkan terima kasih", "maaf bila ada salah kata",
    "semoga segera ada jalan keluar", "mohon solusinya ya pak", "sukses selalu buat bapak",
    "salam hormat dari warga", "demikian laporan saya", "mohon arahannya", "tks pak",
    "sekian dan terima kasih", "makasih banyak min", "barakallah pak", "jazakallah khairan",
    "terima kasih sudah membaca", "kami tunggu kabar baiknya", "mudah-mudahan didengar",
    "mohon maaf apabila kurang berkenan", "semoga menjadi perhatian", "wassalam",
    "besar harapan kami", "terimakasih bapak ibu semua", "semoga Allah membalas kebaikan bapak",
    "mohon pencerahannya", "tolong ya pak, terima kasih", "suwun", "tarimo kasih pak", "nggih pak",
)  # fmt: skip
RUDE_OPENINGS = (
    "gila ya", "bajigur", "jancuk", "cuk", "goblog", "anjay", "bacot mulu", "kontol lah",
    "pemerintah laknat", "dasar pejabat gak guna", "woi tuli", "muak gue", "eek", "an jing",
    "njir parah", "dasar kadal gurun", "sampah semua", "pemda kampungan", "woi pemalas",
    "pejabat otak udang", "gubernur gadungan", "hoi budek", "halah taik kucing", "bgst",
    "kimak", "pantek", "asw", "dasar maling", "babi lah", "bangkek", "geblek", "sontoloyo",
    "dasar tukang tidur", "malu-maluin",
)  # fmt: skip
RUDE_CLOSINGS = (
    "dasar gak becus", "kerja tidur aja", "makan gaji buta", "kagak punya malu", "pemalas semua",
    "dasar penipu rakyat", "pada mati aja", "bubarin aja", "gak ada otaknya", "muka tembok",
    "percuma bayar pajak", "kerjanya joget doang", "mulut doang gede", "omdo", "pret",
    "dasar anjay", "kontol", "jancok", "mampus", "otak kosong", "lambe tok", "cocot tok",
    "gak guna lu", "dasar budek", "tukang bohong", "pejabat sampah", "gila jabatan", "asem",
    "makan tuh pencitraan", "dasar lintah", "keparat", "pada korup", "sinting", "kualat lu",
)  # fmt: skip
