"""Words that end a name or an address. Data only; colloquial spellings included."""

_FUNCTION = """
ada adalah agama agar aja akan akhirnya aku alamat alhamdulillah aneh apa apakah asal
assalamualaikum atas atau atw bagaimana bahkan bahwa baik banget baru bbrp beberapa begini begitu
begitulah bekerja belum benar bener berumur berusia biar biasa biasanya bilang bisa blm bs buat
bukan bulan cukup cuma dah dalam dan dapat dapet dari datang dengan depan dgn di dia dikit dll dng
domisili dong dr dua dulu eh email emang engga enggak ga gaes gak gamau gara gimana gitu gmn gue
gw haha hamil hanya hari harus harusnya hingga hp hub hubungi ijin ikut ingin ini insyaallah itu
iya izin jadi jam jangan jd jenis jg jgn jika juga jujur justru kah kak kaka kakak kalau kalo kami
kan kapan karena karna kasih katanya ke kebetulan kecewa kelahiran kelamin kemarin kemudian kenapa
kepada kerja ketika kita kk klo kmrn kok krn ktp ku kurang lagi lah lahir lain lalu lama langsung
lapor lebih lewat lg loh lohh lupa maaf mah maka makanya makasih malah mana masa masih masuk mau
maupun melalui melapor melaporkan memang memohon mengaku meninggal menjadi menurut merasa mereka
mesti min minta moga mohon mungkin nah namun nanti ngaku ngga nggak nih nik no nomor nya oh ok
oleh orang pada padahal pas pasti pekerjaan penting per pergi perlu pernah pertama pulang pun
punya rek saat sabar saja saking sakit sama sampai sampe sangat satu saya sbg sblm sdh seandainya
sebagai sebelum secara sedang segera sehingga sejak sekarang selaku selalu selama seluruh semoga
semua seorang seperti sering serta sesuai setelah setiap sih silakan sini skrg smpe soal spt
status stroke sudah suka supaya sy tadi tahun tak tanggal tanpa tapi td tdk telat telp tempat
tentang tepat terhadap terima terlalu terus terutama tetap thn tiap tiba tidak tinggal tlg tolong
tp trs tuh turut udah udh umur untuk usia utk wa wafat wah waktu walau walaupun ya yaa yah yaitu
yang yg yth
"""
_PEOPLE = """
admin ahli anak anggota ank anonim aparat asn ayah bang bapak bapaknya bpk bu budaya bunda bupati
buruh camat dewan dokter dosen dprd duda gub gubernur guru honorer ibu ibunya istri jamaah janda
jokowi kades kadis kadus kakek kapolda kapolres kapolri kapolsek kawan kecil keluarga kepala
kepsek ketua kiai konsumen kontribusi korban kyai lansia lurah mahasiswa mama mamah masyarakat
menteri murid nelayan nenek ojol oknum ortu pak pakde panitia papa papah pasien pedagang pegawai
pejabat pekerja pelajar pelanggan pelapor pemilik pemuda pendeta penerima pengguna pengurus
pensiunan perangkat perawat peserta petani petugas pns polisi polri pppk presiden rakyat rekan
relawan rumah samaran santri saudara sekda sekdes sendiri siswa sopir suami supir tangga tersebut
tetangga tni tua tukang ustad ustadz wali walikota wapres warga waris wartawan yatim
"""
_BODIES = """
aceh akun allah badan bali bangsa bank bawaslu bca bni bpjs bpn bri bsi buddha cv daerah desa
dinas dinsos disdik disdukcapil dishub dsn dukcapil dusun forum gampong gereja grup hindu
indonesia instansi islam jakarta jalan jawa jl kabupaten kalimantan kampung kampus kantor karang
katolik kecamatan kelompok kelurahan kemensos kementerian komunitas koperasi kota kpu kristen kua
lembaga mandiri masjid nagari negara negeri ormas pabrik papua partai pdam pembangunan pemda
pemerintah pemerintahan pemkab pemkot pemprov pertamina perum perumahan perusahaan pesantren pln
polda polres polsek posyandu pribadi provinsi pt puskesmas rs rsud rt rw samsat satpol sd sdn
sekolah sma sman smk smkn smp smpn sulawesi sumatera takbiran taruna tim tk toko tuhan ud umkm
universitas upt wilayah yayasan
"""
_EVENTS = """
agustus air ambruk ancur april baik banjir bansos bantuan bau bayar becek beda belakang berlubang
besok biji blt bocor bpnt bukti cair cerai daftar data debu dekat desember dicoret dihapus ditolak
error februari gagal gaji gelap got hancur harga hilang januari jebol jembatan jt juli jumat juni
juta kabel kali kamis kebakar kebakaran kebanjiran kelas keluar kosong kotor kuliah lampu lebaran
listrik longsor macet malam mampet maret mati mei minggu november oktober padam pagi pajak parah
persen pinggir pkh pohon putus rabu ramadan ramadhan rb retak ribu roboh rupiah rusak sabtu salah
sama sampah samping sebelah seberang sekolah selasa selokan senin september siang sinyal sore
survei tercantum terdaftar tiang ujian
"""

NOT_NAME = frozenset(f"{_FUNCTION} {_PEOPLE} {_BODIES} {_EVENTS}".split())
NOT_ADDRESS = frozenset(f"{_FUNCTION} {_EVENTS}".split()) - {"no", "nomor"}
